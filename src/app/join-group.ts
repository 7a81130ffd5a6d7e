import type { Actor, ActorId } from '../core/actor.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { knownMember, refuseSelf } from './known-member.ts'
import { wakeAnsweredBy } from './wake.ts'

/** Puts a member into a group that approvals can ask for; a group exists while it has members. */
export async function joinGroup(
  app: App,
  actor: Actor,
  { project, group, actor: member }: { project: string; group: string; actor: ActorId },
): Promise<{ changed: boolean }> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', { project, environment: null })
    refuseSelf(actor, member)
    await knownMember(tx, member)
    const changed = await tx.members.joinGroup(project, group, member)
    if (changed) {
      await tx.log({ type: 'group.joined', actor: actor.id, project, subject: member, data: { group } })
      await wakeAnsweredBy(tx, member)
    }
    return { changed }
  })
}
