import type { KeyObject } from 'node:crypto'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { toTrustMaterial, type toSignedEntity } from '@sigstore/verify'
import { Disbelieved } from '../core/disbelieved.ts'

/** A trusted root in the shape the verifier takes; the library does not export the name. */
export type TrustMaterial = ReturnType<typeof toTrustMaterial>

/** What was signed, in the shape the verifier takes. */
export type SignedContent = ReturnType<typeof toSignedEntity>['signature']

/** What is trusted for one check: everything in the root, and the one key, if any. */
export function trustMaterial(root: TrustedRoot, key: KeyObject | null): TrustMaterial {
  const known = materials.get(root) ?? toTrustMaterial(root)
  materials.set(root, known)
  return { ...known, publicKey: () => trustedKey(key) }
}

/** Reading the certificates of a root takes as long as checking a bundle with them. */
const materials = new WeakMap<TrustedRoot, TrustMaterial>()

function trustedKey(key: KeyObject | null) {
  if (!key) throw new Disbelieved('signature.key-unknown', 'expected a certificate, found a key')
  return { publicKey: key, validFor: () => true }
}
