import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { BuildClaims } from './build-claims.ts'
import { checkClaims } from './check-claims.ts'
import type { Digest } from './digest.ts'
import { Disbelieved, type Disbelief } from './disbelieved.ts'
import { inWords, seconds } from './duration.ts'
import type { RefusedBundle, SignedFact } from './signed-fact.ts'
import type { NamedSigner, TrustedSigner, TrustPolicy } from './trust-policy.ts'

/** What lets an artifact in. */
export interface Admission {
  claims: BuildClaims
  /** Names of the signers that vouch for the build: an identity, or the name of a key. */
  signers: string[]
  /** The bundles that say so. */
  bundles: Digest[]
  /** The SLSA Build level that builds by these signers are worth: that of the least trusted one. */
  level: number
}

/** What an artifact is let in by. */
export interface AdmissionQuestion {
  artifact: Digest
  /** About any artifacts, in any order. */
  facts: SignedFact[]
  /** What proved nothing: only to say why nothing is let in. */
  refusals?: RefusedBundle[]
  policy: TrustPolicy
  /** From when ages are counted; null where no time may count, and then a policy with `max-age` lets nothing in. */
  at: Date | null
}

/**
 * Lets an artifact in when enough of the trusted signers say that it was built as the policy wants, and the other statements it
 * wants are there. Pure; what is about another artifact, or by nobody who is trusted, helps nothing. Throws `Disbelieved` with the
 * most telling reason.
 */
export function admit({ artifact, facts, refusals: earlier = [], policy, at }: AdmissionQuestion): Admission {
  const refusals: Disbelieved[] = []
  const about = facts.filter((fact) => fact.artifact === artifact)
  const vouched = about.flatMap((fact) => attempt(() => ({ fact, signer: signerOf(fact, policy, at) }), refusals))
  const builds = vouched.flatMap(({ fact, signer }) =>
    fact.claims
      ? attempt(() => ({ claims: checked(fact, signer, policy), name: nameOf(signer), fact, signer }), refusals)
      : [],
  )
  const signers = [...new Set(builds.map(({ name }) => name))]
  const [first] = builds
  const useless = earlier.filter((each) => each.artifact === artifact || each.artifact === null)
  refusals.push(...useless.map(({ reason, detail }) => new Disbelieved(reason, detail)))
  if (!first || signers.length < policy.threshold) throw mostTelling(refusals, signers.length, policy)
  const missing = policy.predicates.find((type) => !vouched.some(({ fact }) => fact.predicateType === type))
  if (missing) throw new Disbelieved('provenance.missing', `expected a signed statement of type ${missing}, found none`)
  const bundles = [...new Set(builds.map(({ fact }) => fact.bundle))]
  return { claims: first.claims, signers, bundles, level: Math.min(...builds.map(({ signer }) => signer.level)) }
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

/** Of somebody else, or about something else: every bundle that has nothing to do with this policy is refused so. */
const untelling: ReadonlySet<Disbelief> = new Set([
  'signature.identity',
  'signature.key-unknown',
  'signature.digest',
  'provenance.subject',
])

/** What says most of what is wrong. */
function mostTelling(refusals: Disbelieved[], found: number, { threshold }: TrustPolicy): Disbelieved {
  const telling = refusals.find(({ reason }) => !untelling.has(reason)) ?? refusals[0]
  if (found > 0) {
    const why = telling ? `; ${telling.message}` : ''
    return new Disbelieved('provenance.threshold', `expected ${threshold} signers, found ${found}${why}`)
  }
  return telling ?? new Disbelieved('provenance.missing', 'expected a signed provenance of the artifact, found none')
}

/** Whose word counts, and when. */
export interface SignerRules<Signer extends NamedSigner> extends Pick<TrustPolicy, 'transparency-log' | 'max-age'> {
  signers: Signer[]
}

/** The one of the signers who has signed this, at a time that counts. Throws `Disbelieved`. */
export function signerOf<Signer extends NamedSigner>(
  fact: SignedFact,
  policy: SignerRules<Signer>,
  at: Date | null,
): Signer {
  const signer = policy.signers.find((each) => isBy(fact, each))
  if (!signer) {
    const found = 'key' in fact.signer ? `key ${fact.signer.key}` : `${fact.signer.identity} by ${fact.signer.issuer}`
    throw new Disbelieved('signature.identity', `expected a signer whom the policy trusts, found ${found}`)
  }
  if ('key' in signer && policy['transparency-log'] && !fact.isLogged) {
    throw new Disbelieved(
      'tlog.missing',
      `expected the signature by ${nameOf(signer)} in a transparency log, or \`transparency-log: false\` in the policy, found neither`,
    )
  }
  checkValidity(signer, fact)
  checkAge(fact, policy, at)
  return signer
}

function isBy({ signer: proven }: SignedFact, signer: NamedSigner): boolean {
  if ('key' in proven) return 'key' in signer && nameOf(signer) === proven.key
  return 'identity' in signer && signer.identity === proven.identity && signer.issuer === proven.issuer
}

/** A key counts for what was signed while it was valid, and for nothing once it is revoked: whoever stole it can sign with any time. */
function checkValidity(signer: NamedSigner, { signedAt }: SignedFact): void {
  if (!('key' in signer)) return
  const { 'valid-from': from, 'valid-until': until, 'revoked-at': revoked } = signer
  const name = nameOf(signer)
  if (revoked !== undefined) throw new Disbelieved('key.revoked', `the key ${name} was revoked at ${revoked}`)
  if (from === undefined && until === undefined) return
  if (signedAt.length === 0) {
    const found = 'nothing says when it has signed'
    throw new Disbelieved('timestamp.missing', `the key ${name} is valid for some time only, and ${found}`)
  }
  const isOutside = (moment: Date) =>
    (from !== undefined && moment < new Date(from)) || (until !== undefined && moment > new Date(until))
  const outside = signedAt.find((moment) => isOutside(new Date(moment)))
  if (outside) throw new Disbelieved('key.validity', `the key ${name} was not valid at ${outside}`)
}

/** A certificate is good for minutes, so none of its signatures is older than the times beside it. That of a key may be, as anyone can have it stamped or logged once more. */
function checkAge(
  { signedAt, signer }: SignedFact,
  { 'max-age': most }: Pick<TrustPolicy, 'max-age'>,
  at: Date | null,
): void {
  if (most === undefined) return
  if ('key' in signer) {
    const found = `a signature by the key ${signer.key}, which can be given a new time at any time`
    throw new Disbelieved(
      'timestamp.missing',
      `expected to know that it was signed at most ${most} ago, found ${found}`,
    )
  }
  const newest = Math.max(...signedAt.map((moment) => Date.parse(moment)), -Infinity)
  if (at === null || newest === -Infinity) {
    throw new Disbelieved('timestamp.missing', `expected to know that it was signed at most ${most} ago`)
  }
  const age = (at.getTime() - newest) / 1000
  if (age > seconds(most)) {
    throw new Disbelieved('timestamp.age', `expected a signature at most ${most} old, found one of ${inWords(age)} ago`)
  }
}

function checked({ claims, certificate }: SignedFact, signer: TrustedSigner, policy: TrustPolicy): BuildClaims {
  if (!claims) throw new Disbelieved('provenance.missing', 'expected a provenance, found another statement')
  checkClaims({ claims, signer, certificate }, policy)
  return claims
}

/** The identity, or the name of the key. */
export function nameOf(signer: NamedSigner): string {
  return 'key' in signer ? keyName(readPublicKey(signer.key)) : signer.identity
}

/** A public key from PEM. Throws `Disbelieved`. */
export function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch (error) {
    throw new Disbelieved(
      'key.malformed',
      `expected a public key as PEM; found one that cannot be read: ${(error as Error).message}`,
      error,
    )
  }
}

/** The name a key goes by: base64 of the SHA-256 of its SPKI, as cosign has it. */
export function keyName(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
