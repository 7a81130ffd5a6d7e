import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Proposal } from '../core/revision.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { registerRevision } from './register-revision.ts'

/** The second person's word on a change of the policy, which registers it: a person, not the one who proposed it, who is one too, about exactly this and no policy but the one it was made for (A41). */
export async function confirmRevision(
  app: App,
  actor: Actor,
  { project, digest }: { project: string; digest: string },
): Promise<{ number: number; digest: string; inForceAt: Date }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'policy.edit', { project, environment: null })
    const proposal = await tx.revisions.proposal(project)
    if (proposal?.digest !== digest) {
      throw new Refusal(
        'not_found',
        `nobody proposes configuration ${digest} for ${project}; see: lockflight apply confirm`,
      )
    }
    await refuseUseless(app, tx, actor, proposal)
    const { replaces, by, configuration } = proposal
    await tx.log({
      type: 'revision.confirmed',
      actor: actor.id,
      project,
      subject: digest,
      data: { digest, replaces, proposedBy: by },
    })
    const { number, appliedAt } = await registerRevision(tx, { configuration, by, confirmedBy: actor.id })
    return { number, digest, inForceAt: appliedAt }
  })
}

async function refuseUseless(
  app: App,
  tx: Transaction,
  actor: Actor,
  { project, by, replaces }: Proposal,
): Promise<void> {
  if (actor.kind !== 'human' || actor.id === by) {
    const why = actor.id === by ? 'proposed it' : 'is no person'
    throw new Refusal('forbidden', `${actor.name} ${why} and may not confirm it; a second person has to`, {
      reason: 'self_confirmation',
    })
  }
  const proposer = await tx.members.find(by)
  const grants = await tx.members.grantsOf(by)
  const place = { project, environment: null }
  if (!proposer || proposer.disabled || !app.access.allows(proposer, 'policy.edit', place, grants)) {
    throw new Refusal('conflict', `${by}, who proposed it, may not edit the policy now; propose it again`, {
      reason: 'proposer_lost_right',
    })
  }
  if (proposer.kind !== 'human') {
    throw new Refusal(
      'forbidden',
      `${by}, which proposed it, is a machine, so ${actor.name} would be the only person; propose it as a person: lockflight apply`,
      { reason: 'proposer_no_person' },
    )
  }
  const newest = await tx.revisions.find(project)
  if (newest?.digest !== replaces) {
    throw new Refusal('conflict', `the policy of ${project} changed since this was proposed; propose it again`, {
      reason: 'stale',
    })
  }
}
