import type { KeyObject } from 'node:crypto'
import { bundleToJSON, type Bundle } from '@sigstore/bundle'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { keyName, readPublicKey } from '../core/admission.ts'
import { claimsOf } from '../core/build-claims.ts'
import { digestOfJson, type Digest } from '../core/digest.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { provenanceType } from '../core/provenance.ts'
import type { ProvenSigner, SignedFact } from '../core/signed-fact.ts'
import type { TrustPolicy } from '../core/trust-policy.ts'
import { keyNames } from './check-key-names.ts'
import { verifySigstore, type SigstoreProof } from './verify-sigstore.ts'

/** What is looked at. */
export interface FactQuestion {
  bundle: Bundle
  artifact: Digest
  /** With which to check signatures by keys; certificates bring their own, and the root says which count. */
  keys: KeyObject[]
  root: TrustedRoot
}

/** Checks one bundle about one artifact, whoever has signed it, and says what is proven by it. Pure and offline. Throws `Disbelieved`. */
export function factOf({ bundle, artifact, keys, root }: FactQuestion): SignedFact {
  const sha256 = Buffer.from(artifact.slice('sha256:'.length), 'hex')
  const key = keyFor(bundle, keys)
  const signer = key ? { key } : ('anyone' as const)
  const proof = verifySigstore({ bundle, artifact: { sha256 }, root, signer, log: 'optional' })
  const { statement, signedAt, certificate } = proof
  return {
    bundle: digestOfJson(bundleToJSON(bundle)),
    artifact,
    signer: provenSigner(key, proof),
    isLogged: bundle.verificationMaterial.tlogEntries.length > 0,
    signedAt: signedAt.map((moment) => moment.toISOString()),
    certificate,
    predicateType: statement?.predicateType ?? null,
    claims: statement?.predicateType === provenanceType ? claimsOf(statement) : null,
  }
}

/** The keys a policy trusts. */
export function keysOf({ signers }: TrustPolicy): KeyObject[] {
  return signers.flatMap((signer) => ('key' in signer ? [readPublicKey(signer.key)] : []))
}

/** The key that a bundle names; a bundle that names none can be by the only one there is. */
function keyFor({ verificationMaterial: { content } }: Bundle, keys: KeyObject[]): KeyObject | null {
  if (content.$case !== 'publicKey') return null
  const { hint } = content.publicKey
  const found =
    keys.find((key) => keyNames(key).includes(hint)) ?? (hint === '' && keys.length === 1 ? keys[0] : undefined)
  if (found) return found
  throw new Disbelieved('signature.key-unknown', `no key ${hint || 'without a name'} is known here`)
}

function provenSigner(key: KeyObject | null, { identity }: SigstoreProof): ProvenSigner {
  if (key) return { key: keyName(key) }
  if (identity) return identity
  throw new Disbelieved('signature.identity', 'the certificate names nobody')
}
