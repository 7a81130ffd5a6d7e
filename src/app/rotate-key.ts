import { installation } from '../core/access.ts'
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
    const before = (await tx.keys.list()).filter(({ purpose, id }) => purpose === 'provenance' && id !== made.id)
    const key = await trust(tx, made, { by: actor.id })
    if (!key) throw new Refusal('conflict', `key ${made.id} is known here already`)
    const validUntil = after(tx.now, seconds(overlap))
    for (const old of before.filter(
      (each) => each.revokedAt === null && (each.validUntil ?? validUntil) >= validUntil,
    )) {
      await tx.keys.retire(old.id, validUntil)
      const data = { by: made.id, validUntil: validUntil.toISOString(), reason }
      await tx.log({ type: 'key.retired', actor: actor.id, subject: old.id, data })
    }
    return key
  })
}
