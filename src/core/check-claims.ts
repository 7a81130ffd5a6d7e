import type { BuildClaims } from './build-claims.ts'
import { canonical } from './digest.ts'
import { Disbelieved } from './disbelieved.ts'
import type { CertificateClaims } from './signed-fact.ts'
import type { TrustedSigner, TrustPolicy } from './trust-policy.ts'

/** What is compared: the claims, who signed them, and what the certificate itself says. */
interface Checked {
  claims: BuildClaims
  signer: TrustedSigner
  /** Null when a key has signed. */
  certificate: CertificateClaims | null
}

/** Every claim must be one that the policy lets this signer make; whatever is compared, is compared whole (A12). Throws `Disbelieved` at the first that is not. */
export function checkClaims({ claims, signer, certificate }: Checked, policy: TrustPolicy): void {
  demand(signer.builders, claims.builder, 'provenance.builder', 'a builder that this signer may name')
  demand(signer['build-types'], claims.buildType, 'provenance.builder', 'a build type that this signer may name')
  if (signer.level < policy['min-level']) {
    throw new Disbelieved('provenance.level', `expected SLSA Build level ${policy['min-level']}, found ${signer.level}`)
  }
  const runner = certificate?.runner ?? claims.runner
  if (signer.runners) demand(signer.runners, runner, 'provenance.builder', 'a kind of runner that counts')
  checkSource(claims, policy)
  checkParameters(claims, policy)
  if (certificate) checkCertificate(claims, certificate)
}

function checkSource({ repository, repositoryId, ref }: BuildClaims, { sources }: TrustPolicy): void {
  const known = sources.filter((source) => source.repository === repository)
  if (known.length === 0) {
    demand(
      sources.map((source) => source.repository),
      repository,
      'provenance.source',
      'a repository of the policy',
    )
  }
  const right = known.filter(
    (source) => source['repository-id'] === undefined || source['repository-id'] === repositoryId,
  )
  if (right.length === 0) {
    const numbers = known.flatMap((source) => source['repository-id'] ?? []).join(' or ')
    throw new Disbelieved(
      'provenance.source',
      `expected ${repository} with the repository-id ${numbers}, found ${repositoryId ?? 'none'}`,
    )
  }
  const allowed = right.flatMap(({ refs, tags }) => [...refs, ...tags.map((tag) => `refs/tags/${tag}`)])
  const fits = right.some(
    ({ refs, tags }) => ref !== null && (refs.includes(ref) || tags.some((tag) => isTag(ref, tag))),
  )
  if (!fits) throw new Disbelieved('provenance.source', `expected ${allowed.join(' or ')}, found ${ref ?? 'no ref'}`)
}

/** One `*` stands for any text without a slash; everything else for itself. */
function isTag(ref: string, pattern: string): boolean {
  const [before = '', after] = `refs/tags/${pattern}`.split('*')
  if (after === undefined) return ref === before
  const between = ref.slice(before.length, ref.length - after.length)
  return (
    ref.length >= before.length + after.length &&
    ref.startsWith(before) &&
    ref.endsWith(after) &&
    !between.includes('/')
  )
}

/** A parameter nobody expected could have changed the build without anyone having allowed it. */
function checkParameters({ parameters }: BuildClaims, policy: TrustPolicy): void {
  const names = new Set([...Object.keys(parameters), ...Object.keys(policy.parameters)])
  for (const name of names) {
    const expected = Object.hasOwn(policy.parameters, name) ? canonical(policy.parameters[name]) : 'none'
    const found = Object.hasOwn(parameters, name) ? canonical(parameters[name]) : 'none'
    // The path of a workflow is named by the builder already, and may be named here too.
    if (name === 'workflow.path' && expected === 'none') continue
    if (expected !== found) {
      throw new Disbelieved('provenance.parameters', `expected parameter ${name} to be ${expected}, found ${found}`)
    }
  }
}

/** What the certificate authority has checked must be what the build says of itself. */
function checkCertificate(claims: BuildClaims, certificate: CertificateClaims): void {
  for (const name of ['repository', 'repositoryId', 'ref', 'commit', 'runner'] as const) {
    const [said, proven] = [claims[name], certificate[name]]
    if (proven !== null && said !== null && said !== proven) {
      throw new Disbelieved('provenance.source', `the provenance says ${name} ${said}, the certificate ${proven}`)
    }
  }
}

function demand(
  allowed: string[],
  found: string | null,
  reason: 'provenance.builder' | 'provenance.source',
  what: string,
): void {
  if (found !== null && allowed.includes(found)) return
  throw new Disbelieved(reason, `expected ${what} (${allowed.join(', ')}), found ${found ?? 'none'}`)
}
