import { installation } from '../core/access.ts'
import { canSign } from '../core/active-key.ts'
import type { Actor } from '../core/actor.ts'
import type { TrustedKey } from '../core/attestation.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** From now on nothing a key has signed counts, or only what was stored here before `from`. Deployments that run go on; nothing new starts on its word. */
export async function revokeKey(
  app: App,
  actor: Actor,
  { id, reason, from = null }: { id: string; reason: string; from?: Date | null },
): Promise<TrustedKey> {
  await app.store.read((tx) => demand(app, tx, actor, 'key.edit', installation))
  const held = await app.signer.keys().then(
    (keys) => new Set(keys.map((key) => key.id)),
    // Nothing can be signed then anyway, and a stolen key must not wait for that to be mended.
    () => null,
  )
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'key.edit', installation)
    await tx.keys.lock()
    const keys = await tx.keys.list()
    const key = keys.find((each) => each.id === id)
    if (!key) throw new Refusal('not_found', `no key ${id} is known here; list them with: lockflight keys`)
    if (key.revokedAt) throw new Refusal('conflict', `key ${id} was revoked at ${key.revokedAt.toISOString()}`)
    if (from && from > tx.now)
      throw new Refusal('invalid', `expected a moment that has passed, found ${from.toISOString()}`)
    if (held && !keys.some((each) => each.id !== id && held.has(each.id) && canSign(each, tx.now))) {
      const remedy = 'let another one sign first: lockflight keys rotate'
      throw new Refusal('conflict', `without key ${id} nothing could be signed here; ${remedy}`, { reason: 'last_key' })
    }
    await tx.keys.revoke(id, { at: tx.now, from })
    await tx.log({
      type: 'key.revoked',
      actor: actor.id,
      subject: id,
      data: { reason, from: from?.toISOString() ?? null },
    })
    return { ...key, revokedAt: tx.now, revokedFrom: from }
  })
}
