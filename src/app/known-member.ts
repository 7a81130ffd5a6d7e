import type { Member } from '../core/access.ts'
import type { Actor, ActorId } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'

/** The member of that id; refuses with `not_found`. */
export async function knownMember(tx: Transaction, id: ActorId): Promise<Member> {
  const member = await tx.members.find(id)
  if (!member) throw new Refusal('not_found', `no member ${id}; add one with: lockflight members add <name>`)
  return member
}

/** Refuses when people raise their own rights: a second person has to. */
export function refuseSelf(actor: Actor, id: ActorId): void {
  if (actor.id !== id) return
  throw new Refusal('forbidden', 'nobody gives rights to themselves; ask another admin', { reason: 'self_grant' })
}
