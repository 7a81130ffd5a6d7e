import type { Actor } from '../core/actor.ts'
import type { SubjectProof } from '../core/entry.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** What the log says of a promotion, with proofs; also of one whose record was removed. */
export async function provePromotion(
  app: App,
  actor: Actor,
  { project, id }: { project: string; id: string },
): Promise<Omit<SubjectProof, 'environment'>> {
  return app.store.read(async (tx) => {
    const found = await tx.entries.prove({ project, subject: id })
    await demand(app, tx, actor, 'log.read', { project, environment: found?.environment ?? null })
    if (!found) throw new Refusal('not_found', `the log of project ${project} has nothing about a promotion ${id}`)
    return { checkpoint: found.checkpoint, entries: found.entries }
  })
}
