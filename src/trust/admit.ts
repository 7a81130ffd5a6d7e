import type { Bundle } from '@sigstore/bundle'
import { X509Certificate } from '@sigstore/core'
import type { TrustedRoot } from '@sigstore/protobuf-specs'
import type { Statement } from '../core/attestation.ts'
import { inWords, seconds } from '../core/duration.ts'
import { provenanceType } from '../core/provenance.ts'
import type { TrustedSigner, TrustPolicy } from '../core/trust-policy.ts'
import { checkClaims } from './check-claims.ts'
import { keyNames } from './check-key-names.ts'
import { claimsOf, type BuildClaims } from './provenance-claims.ts'
import { Disbelieved } from './verdict.ts'
import { readPublicKey, verifySigstore, type SignedArtifact, type SigstoreProof } from './verify-sigstore.ts'

/** Whether an artifact may be let in. */
export interface AdmissionQuestion {
  bundles: Bundle[]
  artifact: SignedArtifact
  root: TrustedRoot
  policy: TrustPolicy
  /** From when ages are counted; null where no time may count, and then a policy with `max-age` lets nothing in. */
  at: Date | null
}

/** What lets it in. */
export interface Admission {
  claims: BuildClaims
  /** Names of the signers that vouch for the build: an identity, or the name of a key. */
  signers: string[]
  /** Every statement about the artifact that one of the policy's signers has signed. */
  statements: Statement[]
}

interface Vouched {
  proof: SigstoreProof
  signer: TrustedSigner
  name: string
}

/**
 * Lets an artifact in when enough of the trusted signers say that it was built as the policy wants, and the other statements it wants are there.
 * Pure and offline; a bundle that is not about this artifact, or by nobody who is trusted, helps nothing. Throws `Disbelieved` with the most telling reason.
 */
export function admit(question: AdmissionQuestion): Admission {
  const { bundles, policy } = question
  const refusals: Disbelieved[] = []
  const vouched = bundles.flatMap((bundle) => attempt(() => vouchedFor(bundle, question), refusals))
  const builds = vouched
    .filter(({ proof }) => proof.statement?.predicateType === provenanceType)
    .flatMap((one) => attempt(() => ({ ...one, claims: checkedClaims(one, policy) }), refusals))
  const signers = [...new Set(builds.map(({ name }) => name))]
  const [first] = builds
  if (!first || signers.length < policy.threshold) throw mostTelling(refusals, signers.length, policy)
  const statements = vouched.flatMap(({ proof }) => (proof.statement ? [proof.statement] : []))
  const missing = policy.predicates.find((type) => !statements.some(({ predicateType }) => predicateType === type))
  if (missing) throw new Disbelieved('provenance.missing', `expected a signed statement of type ${missing}, found none`)
  return { claims: first.claims, signers, statements }
}

function attempt<T>(work: () => T, refusals: Disbelieved[]): T[] {
  try {
    return [work()]
  } catch (error) {
    if (!(error instanceof Disbelieved)) throw error
    refusals.push(error)
    return []
  }
}

/** What says most of what is wrong: anything rather than that somebody else has signed. */
function mostTelling(refusals: Disbelieved[], found: number, { threshold }: TrustPolicy): Disbelieved {
  const strange = new Set(['signature.identity', 'signature.key-unknown'])
  const telling = refusals.find(({ reason }) => !strange.has(reason)) ?? refusals[0]
  if (telling && found === 0) return telling
  const why = telling ? `; ${telling.message}` : ''
  return found === 0
    ? new Disbelieved('provenance.missing', 'expected a signed provenance, found none')
    : new Disbelieved('provenance.threshold', `expected ${threshold} signers, found ${found}${why}`)
}

/** The one signer of the policy who has signed this bundle, and what they have signed. */
function vouchedFor(bundle: Bundle, { artifact, root, policy, at }: AdmissionQuestion): Vouched {
  const candidates = candidatesFor(bundle, policy.signers)
  const refusals: Disbelieved[] = []
  for (const signer of candidates) {
    const expected = 'key' in signer ? { key: readPublicKey(signer.key) } : signer
    const log = policy['transparency-log'] ? 'required' : 'optional'
    const [proof] = attempt(() => verifySigstore({ bundle, artifact, root, signer: expected, log }), refusals)
    if (!proof) continue
    checkValidity(signer, proof)
    checkAge(proof, policy, at)
    return { proof, signer, name: nameOf(signer) }
  }
  throw refusals[0] ?? new Disbelieved('signature.identity', 'nobody whom the policy trusts has signed it')
}

/** By what the bundle says of itself, which decides nothing: every candidate's signature is checked. */
function candidatesFor({ verificationMaterial: { content } }: Bundle, signers: TrustedSigner[]): TrustedSigner[] {
  if (content.$case === 'publicKey') {
    const { hint } = content.publicKey
    return signers.filter((signer) => 'key' in signer && ['', ...keyNames(readPublicKey(signer.key))].includes(hint))
  }
  const [bytes] =
    content.$case === 'certificate'
      ? [content.certificate.rawBytes]
      : content.x509CertificateChain.certificates.map(({ rawBytes }) => rawBytes)
  const name = bytes ? subjectOf(bytes) : undefined
  return signers.filter((signer) => 'identity' in signer && signer.identity === name)
}

function subjectOf(certificate: Buffer): string | undefined {
  try {
    return X509Certificate.parse(Buffer.from(certificate)).subjectAltName
  } catch (error) {
    throw new Disbelieved('certificate.invalid', `not a certificate: ${(error as Error).message}`, error)
  }
}

/** A key counts for what was signed while it was valid, and for nothing once it is revoked: whoever stole it can sign with any time. */
function checkValidity(signer: TrustedSigner, { signedAt }: SigstoreProof): void {
  if (!('key' in signer)) return
  const { 'valid-from': from, 'valid-until': until, 'revoked-at': revoked } = signer
  if (revoked !== undefined) throw new Disbelieved('key.revoked', `the key ${nameOf(signer)} was revoked at ${revoked}`)
  if (from === undefined && until === undefined) return
  if (signedAt.length === 0) {
    throw new Disbelieved(
      'timestamp.missing',
      `the key ${nameOf(signer)} is valid for some time only, and nothing says when it has signed`,
    )
  }
  const outside = signedAt.find(
    (moment) => (from !== undefined && moment < new Date(from)) || (until !== undefined && moment > new Date(until)),
  )
  if (outside) {
    throw new Disbelieved('key.validity', `the key ${nameOf(signer)} was not valid at ${outside.toISOString()}`)
  }
}

function checkAge({ signedAt }: SigstoreProof, { 'max-age': most }: TrustPolicy, at: Date | null): void {
  if (most === undefined) return
  const newest = Math.max(...signedAt.map((moment) => moment.getTime()), -Infinity)
  if (at === null || newest === -Infinity) {
    throw new Disbelieved('timestamp.missing', `expected to know that it was signed at most ${most} ago`)
  }
  const age = (at.getTime() - newest) / 1000
  if (age > seconds(most)) {
    throw new Disbelieved('timestamp.age', `expected a signature at most ${most} old, found one of ${inWords(age)} ago`)
  }
}

function checkedClaims({ proof, signer }: Vouched, policy: TrustPolicy): BuildClaims {
  if (!proof.statement) throw new Disbelieved('provenance.missing', 'expected a statement, found a signature only')
  const claims = claimsOf(proof.statement)
  checkClaims({ claims, signer, certificate: proof.certificate }, policy)
  return claims
}

function nameOf(signer: TrustedSigner): string {
  return 'key' in signer ? (keyNames(readPublicKey(signer.key))[0] ?? '') : signer.identity
}
