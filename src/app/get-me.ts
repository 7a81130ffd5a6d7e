import type { Grant } from '../core/access.ts'
import type { Actor, Scope } from '../core/actor.ts'
import type { App } from './app.ts'

/** Who the caller is, and what was granted to them. */
export async function getMe(app: App, actor: Actor): Promise<Actor & { scope: Scope; grants: Grant[] }> {
  const grants = await app.store.read((tx) => tx.members.grantsOf(actor.id))
  return { ...actor, scope: actor.scope ?? {}, grants }
}
