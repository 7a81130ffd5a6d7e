import { newlyTrusted } from '../core/active-key.ts'
import { lockflight, type ActorId } from '../core/actor.ts'
import type { SigningKey, TrustedKey } from '../core/attestation.ts'
import { digestOfJson } from '../core/digest.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

/** Makes the signer's key one that is believed here, beside `log`, the key of the log: at the first start and when another signer was chosen; a signer of which a key is known already gets new ones by `rotateKey` only, however that one stands. */
export async function registerKeys({ store, signer }: Pick<App, 'store' | 'signer'>, log: string): Promise<void> {
  const held = await signer.keys().catch(async (error: unknown) => {
    // Rollbacks need no signature: where there were some before, a server starts, and `/readyz` says what is wrong.
    if (await store.read(async (tx) => (await tx.keys.list()).length > 0)) return []
    throw error
  })
  await store.transaction(async (tx) => {
    await tx.keys.lock()
    const known = new Set((await tx.keys.list()).map(({ id }) => id))
    const [first] = held
    if (first && !held.some(({ id }) => known.has(id))) await trust(tx, first, { by: lockflight.id, log })
  })
}

/** Adds a key that is not known yet, and writes it down. */
export async function trust(
  tx: Transaction,
  key: SigningKey,
  { by, log }: { by: ActorId; log?: string },
): Promise<TrustedKey> {
  const trusted = newlyTrusted(key, tx.now)
  await tx.keys.add(trusted)
  const { id, purpose, publicKey, identity } = trusted
  await tx.log({
    type: 'key.created',
    actor: by,
    subject: id,
    data: {
      purpose,
      ...(publicKey && { publicKey }),
      ...(identity && { identity: identity.identity, issuer: identity.issuer, root: digestOfJson(identity.root) }),
      ...(log && { log }),
    },
  })
  return trusted
}
