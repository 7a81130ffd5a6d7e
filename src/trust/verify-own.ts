import { certifiedKey, keyProblem } from '../core/active-key.ts'
import type { CertifiedIdentity, TrustedKey } from '../core/attestation.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'
import { inTotoPayloadType } from '../core/dsse.ts'
import { readStatement, verifyBundle, type BundleVerifier, type VerifiedBundle } from '../core/verify-bundle.ts'
import { heldRoot } from './named-roots.ts'
import { readBundle } from './read-bundle.ts'
import { subjectsOf } from './subjects-of.ts'
import { verifySigstore } from './verify-sigstore.ts'

/** Checks a bundle against everybody this installation signs as: by plain keys, and by the identity in a certificate, with its log entry and signed time. Pure and offline. */
export const verifyOwn: BundleVerifier = (bundle, keys, storedAt) => {
  const certified = keys.filter(isCertified)
  if (certified.length === 0 || !hasCertificate(bundle)) return verifyBundle(bundle, keys, { storedAt })
  try {
    return byCertificate(bundle, certified, storedAt)
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    return { verified: false, reason: error.reason, message: error.message }
  }
}

type Certified = TrustedKey & { identity: CertifiedIdentity }

function isCertified(key: TrustedKey): key is Certified {
  const { id, identity, purpose } = key
  return identity !== null && purpose === 'provenance' && certifiedKey(identity).id === id
}

function hasCertificate(bundle: unknown): boolean {
  const { verificationMaterial } = (bundle ?? {}) as { verificationMaterial?: { certificate?: unknown } }
  return verificationMaterial?.certificate !== undefined
}

/** Somebody else's certificate is no fault of a bundle: it is only not one of ours. */
const ofOthers = new Set<Disbelief>(['signature.identity', 'certificate.chain', 'certificate.invalid'])

function byCertificate(given: unknown, keys: Certified[], storedAt: Date | null): VerifiedBundle {
  const bundle = readBundle(JSON.stringify(given))
  const { content } = bundle
  if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== inTotoPayloadType) {
    throw new Disbelieved('statement.malformed', 'expected a signed statement, found something else')
  }
  const [subject] = subjectsOf(bundle)
  if (!subject) throw new Disbelieved('provenance.subject', 'expected a statement about a SHA-256, found none')
  const artifact = { sha256: Buffer.from(subject.slice('sha256:'.length), 'hex') }
  const key = whoSigned(keys, ({ identity, issuer, root }) =>
    verifySigstore({ bundle, artifact, root: heldRoot(root).root, signer: { identity, issuer } }),
  )
  const problem = keyProblem(key, storedAt)
  return problem ? { verified: false, ...problem } : readStatement(content.dsseEnvelope.payload, key.id)
}

function whoSigned(keys: Certified[], verify: (identity: CertifiedIdentity) => unknown): Certified {
  const problems = keys.map((key) => {
    try {
      verify(key.identity)
      return key
    } catch (error) {
      if (error instanceof Disbelieved) return error
      throw error
    }
  })
  const key = problems.find((each) => !(each instanceof Disbelieved))
  if (key && !(key instanceof Disbelieved)) return key
  const [first] = problems.filter((each) => each instanceof Disbelieved)
  const reason = first && !ofOthers.has(first.reason) ? first.reason : 'signature.key-unknown'
  throw new Disbelieved(reason, `no identity of this installation has signed it: ${first?.message}`)
}
