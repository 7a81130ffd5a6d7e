import type { Statement } from '../core/attestation.ts'
import { Refusal } from '../core/refusal.ts'
import { verifyBundle } from '../core/verify-bundle.ts'
import type { App } from './app.ts'

/** Says nothing about anything. */
const probe: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'probe', digest: { sha256: '0'.repeat(64) } }],
  predicateType: 'urn:lockflight:probe',
  predicate: {},
}

/** Refuses unless what is signed here is believed here: the key works, is known, and was not revoked (I16). */
export async function checkSigner({ store, signer }: Pick<App, 'store' | 'signer'>): Promise<void> {
  const keys = await store.read((tx) => tx.keys.list())
  const result = verifyBundle(await signer.sign(probe), keys, signer.publicKey().purpose)
  if (result.verified) return
  throw new Refusal('unavailable', `what is signed here is not believed here: ${result.message}`, {
    reason: result.reason,
  })
}
