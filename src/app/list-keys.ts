import type { Actor } from '../core/actor.ts'
import type { TrustedKey } from '../core/attestation.ts'
import type { App } from './app.ts'

/** The public keys of this installation; public, so anyone known here may ask. */
export async function listKeys(app: App, _actor: Actor): Promise<{ items: TrustedKey[] }> {
  return { items: await app.store.read((tx) => tx.keys.list()) }
}
