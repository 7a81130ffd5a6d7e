import { installation } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { App } from './app.ts'

/** How many attempts the log has at what the caller may not do, anywhere: of the installation, and in projects that there are and are not. Null for who may not read every project. */
export async function countDenials(app: App, actor: Actor): Promise<number | null> {
  return app.store.read(async (tx) => {
    const grants = await tx.members.grantsOf(actor.id)
    return app.access.allows(actor, 'project.read', installation, grants) ? tx.entries.count('access.denied') : null
  })
}
