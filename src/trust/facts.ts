import type { KeyObject } from 'node:crypto'
import { bundleToJSON, type Bundle } from '@sigstore/bundle'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import { keyName, readPublicKey } from '../core/admission.ts'
import { claimsOf } from '../core/build-claims.ts'
import { digestOfJson } from '../core/digest.ts'
import type { KnownBytes } from '../core/digest-set.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { provenanceType } from '../core/provenance.ts'
import type { ProvenSigner, SignedFact } from '../core/signed-fact.ts'
import type { TrustPolicy } from '../core/trust-policy.ts'
import { keyNames } from './check-key-names.ts'
import { signedImage } from './image-signature.ts'
import { verifySigstore, type ExpectedSigner, type SignedArtifact, type SigstoreProof } from './verify-sigstore.ts'

/** What is looked at. */
export interface FactQuestion {
  bundle: Bundle
  artifact: KnownBytes
  /** What was signed in the place of an image, which then is the artifact. */
  payload?: Uint8Array | null
  /** With which to check signatures by keys; certificates bring their own, and the root says which count. */
  keys: KeyObject[]
  root: TrustedRoot
}

/** Checks one bundle about one artifact, whoever has signed it, and says what is proven by it. Pure and offline. Throws `Disbelieved`. */
export function factOf({ bundle, artifact, payload = null, keys, root }: FactQuestion): SignedFact {
  const { key, proof } = firstProof(keysFor(bundle, keys), (signer) =>
    verifySigstore({ bundle, artifact: signedArtifact(artifact, payload), root, signer, log: 'optional' }),
  )
  const { statement, signedAt, certificate } = proof
  return {
    bundle: digestOfJson(bundleToJSON(bundle)),
    artifact: artifact.digest,
    signer: provenSigner(key, proof),
    isLogged: bundle.verificationMaterial.tlogEntries.length > 0,
    signedAt: signedAt.map((moment) => moment.toISOString()),
    certificate,
    predicateType: statement?.predicateType ?? null,
    claims: statement?.predicateType === provenanceType ? claimsOf(statement) : null,
  }
}

/** The bytes that must have been signed: the payload only when it is about this very image. */
function signedArtifact({ digest, sha512 }: KnownBytes, payload: Uint8Array | null): SignedArtifact {
  if (!payload) return { sha256: Buffer.from(digest.slice('sha256:'.length), 'hex'), sha512 }
  const found = signedImage(payload)
  if (found === digest) return { bytes: payload }
  throw new Disbelieved('signature.digest', `expected a signature of ${digest}, found one of ${found}`)
}

/** By the first key that has signed it; what the first one refuses says why none has. */
function firstProof(
  candidates: (KeyObject | null)[],
  verify: (signer: ExpectedSigner) => SigstoreProof,
): { key: KeyObject | null; proof: SigstoreProof } {
  const refusals: Disbelieved[] = []
  for (const key of candidates) {
    try {
      return { key, proof: verify(key ? { key } : 'anyone') }
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      refusals.push(error)
    }
  }
  throw refusals[0] ?? new Disbelieved('signature.key-unknown', 'no key without a name is known here')
}

/** The keys a policy trusts. */
export function keysOf({ signers }: TrustPolicy): KeyObject[] {
  return signers.flatMap((signer) => ('key' in signer ? [readPublicKey(signer.key)] : []))
}

/** The key that a bundle names; where it names none, each that is known may have signed. Null for a certificate. */
function keysFor({ verificationMaterial: { content } }: Bundle, keys: KeyObject[]): (KeyObject | null)[] {
  if (content.$case !== 'publicKey') return [null]
  const { hint } = content.publicKey
  if (hint === '') return keys
  const found = keys.find((key) => keyNames(key).includes(hint))
  if (found) return [found]
  throw new Disbelieved('signature.key-unknown', `no key ${hint} is known here`)
}

function provenSigner(key: KeyObject | null, { identity }: SigstoreProof): ProvenSigner {
  if (key) return { key: keyName(key) }
  if (identity) return identity
  throw new Disbelieved('signature.identity', 'the certificate names nobody')
}
