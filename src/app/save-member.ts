import { installation, type Member } from '../core/access.ts'
import { actorId, type Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { wakeAnsweredBy } from './wake.ts'

/** Who someone is to be from now on. */
export interface SaveMemberInput {
  subject: string
  kind: Member['kind']
  name: string
  emails: string[]
}

/** Adds someone, or changes and enables someone known; what is a machine stays one, because only people may approve. */
export async function saveMember(
  app: App,
  actor: Actor,
  { subject, kind, name, ...input }: SaveMemberInput,
): Promise<Member> {
  const id = actorId(subject, 'local')
  const emails = [...new Set(input.emails.map((email) => email.toLowerCase()))]
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'member.edit', installation)
    const known = await tx.members.find(id)
    if (known && known.kind !== kind) {
      throw new Refusal('conflict', `${id} is a ${known.kind} and cannot become a ${kind}; add another member`)
    }
    for (const email of emails) await expectFree(tx, email, id)
    const member: Member = { id, kind, name, emails, disabled: false, createdAt: known?.createdAt ?? tx.now }
    await tx.members.save(member)
    const type = known ? 'member.changed' : 'member.added'
    await tx.log({ type, actor: actor.id, subject: id, data: { kind, name, emails } })
    if (known?.disabled) await wakeAnsweredBy(tx, id)
    return member
  })
}

async function expectFree(tx: Transaction, email: string, id: string): Promise<void> {
  const owner = await tx.members.byEmail(email)
  if (owner && owner.id !== id) throw new Refusal('conflict', `${email} is already an address of ${owner.id}`)
}
