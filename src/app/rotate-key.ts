import { installation } from '../core/access.ts'
import { canSign } from '../core/active-key.ts'
import type { Actor } from '../core/actor.ts'
import type { TrustedKey } from '../core/attestation.ts'
import { after, seconds } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { trust } from './register-keys.ts'

/** Lets another key sign from now on; what the ones before it have signed still counts, and what they sign until `overlap` has passed. */
export async function rotateKey(
  app: App,
  actor: Actor,
  { reason, overlap }: { reason: string; overlap: string },
): Promise<TrustedKey> {
  await app.store.read((tx) => demand(app, tx, actor, 'key.edit', installation))
  const made = await app.signer.renew()
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'key.edit', installation)
    await tx.keys.lock()
    const validUntil = after(tx.now, seconds(overlap))
    const keys = await tx.keys.list()
    const known = keys.find(({ id }) => id === made.id)
    const before = keys.filter((each) => each.id !== made.id && outlasts(each, validUntil))
    if (known && (before.length === 0 || !canSign(known, tx.now))) {
      throw new Refusal('conflict', `the signer has no newer key than ${made.id}, which is known here; make one first`)
    }
    const key = known ?? (await trust(tx, made, { by: actor.id }))
    for (const { id } of before) {
      await tx.keys.retire(id, validUntil)
      const data = { by: made.id, validUntil: validUntil.toISOString(), reason }
      await tx.log({ type: 'key.retired', actor: actor.id, subject: id, data })
    }
    return key
  })
}

function outlasts({ purpose, revokedAt, validUntil }: TrustedKey, moment: Date): boolean {
  return purpose === 'provenance' && revokedAt === null && (validUntil === null || validUntil > moment)
}
