import type { Grant } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import { expectPlace } from './add-grant.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Takes a role away; approvals given with it stop counting at once, because they are asked again at the start. */
export async function removeGrant(app: App, actor: Actor, grant: Grant): Promise<{ changed: boolean }> {
  const { project, environment } = expectPlace(grant)
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', { project, environment: null })
    const changed = await tx.members.revoke(grant)
    if (changed) {
      const { actor: subject, role } = grant
      await tx.log({ type: 'grant.removed', actor: actor.id, project, environment, subject, data: { role } })
    }
    return { changed }
  })
}
