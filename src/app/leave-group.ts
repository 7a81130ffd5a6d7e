import type { Actor, ActorId } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Takes a member out of a group; approvals given as one of it stop counting at once. */
export async function leaveGroup(
  app: App,
  actor: Actor,
  { project, group, actor: member }: { project: string; group: string; actor: ActorId },
): Promise<{ changed: boolean }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', { project, environment: null })
    const changed = await tx.members.leaveGroup(project, group, member)
    if (changed) await tx.log({ type: 'group.left', actor: actor.id, project, subject: member, data: { group } })
    return { changed }
  })
}
