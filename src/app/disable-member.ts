import { installation, type Member } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { knownMember } from './known-member.ts'

/** Ends everything a member may, from the next request on; their record and what they did stays. */
export async function disableMember(app: App, actor: Actor, { actor: id }: { actor: string }): Promise<Member> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', installation)
    if (id === actor.id) throw new Refusal('conflict', 'you cannot disable yourself; ask another admin')
    const member = { ...(await knownMember(tx, id)), disabled: true }
    await tx.members.save(member)
    await tx.log({ type: 'member.disabled', actor: actor.id, subject: id, data: {} })
    return member
  })
}
