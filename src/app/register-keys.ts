import { newlyTrusted } from '../core/active-key.ts'
import { lockflight, type ActorId } from '../core/actor.ts'
import type { SigningKey, TrustedKey } from '../core/attestation.ts'
import { digestOfJson } from '../core/digest.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

/** Makes the signer's key one that is believed here, beside `log`, the key of the log: at the first start and when another signer was chosen; a signer of which a key is known already gets new ones by `rotateKey` only, however that one stands. */
export async function registerKeys({ store, signer }: Pick<App, 'store' | 'signer'>, log: string): Promise<void> {
  const held = await signer.keys()
  await store.transaction(async (tx) => {
    await tx.keys.lock()
    const known = new Set((await tx.keys.list()).map(({ id }) => id))
    const [first] = held
    if (first && !held.some(({ id }) => known.has(id))) await trust(tx, first, { by: lockflight.id, log })
  })
}

/** Adds a key, and writes it down; null when it was known already. */
export async function trust(
  tx: Transaction,
  key: SigningKey,
  { by, log }: { by: ActorId; log?: string },
): Promise<TrustedKey | null> {
  const trusted = newlyTrusted(key, tx.now)
  if (!(await tx.keys.add(trusted))) return null
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
