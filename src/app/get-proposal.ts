import type { Actor } from '../core/actor.ts'
import { difference, type Change } from '../core/difference.ts'
import type { Proposal } from '../core/revision.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** The change of the policy that waits for a second person, and what it would change; null when there is none. */
export async function getProposal(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ proposal: (Pick<Proposal, 'digest' | 'by' | 'at'> & { difference: Change[] }) | null }> {
  return readProject(app, actor, project, async (tx) => {
    const proposal = await tx.revisions.proposal(project)
    if (!proposal) return { proposal: null }
    const newest = await tx.revisions.find(project)
    return { proposal: { ...proposal, difference: difference(newest?.configuration ?? {}, proposal.configuration) } }
  })
}
