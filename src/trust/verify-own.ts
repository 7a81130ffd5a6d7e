import { certifiedKey, keyProblem } from '../core/active-key.ts'
import type { CertifiedIdentity, TrustedKey } from '../core/attestation.ts'
import { digestOfJson } from '../core/digest.ts'
import { Disbelieved, type Disbelief } from '../core/disbelieved.ts'
import { inTotoPayloadType } from '../core/dsse.ts'
import { readStatement, verifyBundle, type BundleVerifier, type VerifiedBundle } from '../core/verify-bundle.ts'
import { createMemory } from '../core/memory.ts'
import { heldRoot } from './named-roots.ts'
import { readBundle } from './read-bundle.ts'
import { subjectsOf } from './subjects-of.ts'
import { verifySigstore } from './verify-sigstore.ts'

/** Checks a bundle against everybody this installation signs as: by plain keys, and by the identity in a certificate, with its log entry and signed time. Pure and offline. */
export const verifyOwn: BundleVerifier = (bundle, keys, storedAt) => {
  const certified = inOrder(keys.filter(isCertified), storedAt)
  if (certified.length === 0 || !hasCertificate(bundle)) return verifyBundle(bundle, keys, { storedAt })
  const result = byCertificate(bundle, certified)
  const key = result.verified && certified.find(({ id }) => id === result.key)
  const problem = key ? keyProblem(key, storedAt) : null
  return problem ? { verified: false, ...problem } : result
}

type Certified = TrustedKey & { identity: CertifiedIdentity }

function isCertified(key: TrustedKey): key is Certified {
  const { id, identity, purpose } = key
  return identity !== null && purpose === 'provenance' && certifiedKey(identity).id === id
}

/** Several may have the same identity, since a trusted root is replaced now and then: first those that were revoked, whose word must not count again under another name, and last those whose time was over. */
function inOrder(keys: Certified[], storedAt: Date | null): Certified[] {
  const place = (key: Certified) => (key.revokedAt ? 0 : keyProblem(key, storedAt) ? 2 : 1)
  return keys.toSorted((one, other) => place(one) - place(other))
}

function hasCertificate(bundle: unknown): boolean {
  const { verificationMaterial } = (bundle ?? {}) as { verificationMaterial?: { certificate?: unknown } }
  return verificationMaterial?.certificate !== undefined
}

/** A check takes milliseconds and is made whenever a promotion is looked at; its answer depends on nothing else. */
function byCertificate(bundle: unknown, keys: Certified[]): VerifiedBundle {
  const question = digestOfJson({ bundle, keys: keys.map(({ id }) => id) })
  return memory.recall(question, () => answerOf(bundle, keys))
}

const memory = createMemory<VerifiedBundle>(16 * 1024 ** 2)

function answerOf(bundle: unknown, keys: Certified[]): VerifiedBundle {
  try {
    return checkByCertificate(bundle, keys)
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    return { verified: false, reason: error.reason, message: error.message }
  }
}

function checkByCertificate(given: unknown, keys: Certified[]): VerifiedBundle {
  const bundle = readBundle(JSON.stringify(given))
  const { content } = bundle
  if (content.$case !== 'dsseEnvelope' || content.dsseEnvelope.payloadType !== inTotoPayloadType) {
    throw new Disbelieved('statement.malformed', 'expected a signed statement, found something else')
  }
  const [sha256] = subjectsOf(bundle).flatMap((subject) => subject.sha256 ?? [])
  if (sha256 === undefined) {
    throw new Disbelieved('provenance.subject', 'expected a statement about a SHA-256, found none')
  }
  const artifact = { sha256: Buffer.from(sha256, 'hex') }
  const { id } = whoSigned(keys, ({ identity, issuer, root }) =>
    verifySigstore({ bundle, artifact, root: heldRoot(root).root, signer: { identity, issuer } }),
  )
  return readStatement(content.dsseEnvelope.payload, id)
}

/** Somebody else's certificate is no fault of a bundle: it is only not one of ours. */
const ofOthers = new Set<Disbelief>(['signature.identity', 'certificate.chain', 'certificate.invalid'])

function whoSigned(keys: Certified[], verify: (identity: CertifiedIdentity) => unknown): Certified {
  const problems: Disbelieved[] = []
  for (const key of keys) {
    try {
      verify(key.identity)
      return key
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      problems.push(error)
    }
  }
  const [first] = problems
  const reason = first && !ofOthers.has(first.reason) ? first.reason : 'signature.key-unknown'
  throw new Disbelieved(reason, `no identity of this installation has signed it: ${first?.message}`)
}
