import { z } from 'zod'
import type { Statement } from './attestation.ts'
import { digest, type Digest } from './digest.ts'
import { slug } from './names.ts'
import type { Artifact, Release } from './release.ts'

/** SLSA Verification Summary Attestation (slsa.dev/spec/v1.2/verification_summary). */
export const summaryType = 'https://slsa.dev/verification_summary/v1'

/** One promotion that succeeded, as the server saw it. */
export interface Verified {
  /** This installation, and the version of Lockflight. */
  verifier: { id: string; version: string }
  project: string
  environment: string
  release: Pick<Release, 'digest' | 'artifacts'>
  /** The gates it had to pass. */
  policy: { digest: Digest; revision: number }
  /** Every attestation that was checked for it. */
  inputs: Digest[]
  /** The SLSA Build level they prove; null when nobody looked. */
  level: number | null
  at: Date
}

/** Says that a release passed the gates of an environment and lives there. Made from the server's own records only. */
export function buildVerificationSummary(verified: Verified): Statement {
  const { verifier, project, environment, release, policy, inputs, level, at } = verified
  const predicate: z.input<typeof summary> = {
    verifier: { id: verifier.id, version: { lockflight: verifier.version } },
    timeVerified: at.toISOString(),
    resourceUri: resourceUri({ project, environment, release: release.digest }),
    policy: {
      uri: `urn:lockflight:policy:${project}:${environment}:revision:${policy.revision}`,
      digest: sha256(policy.digest),
    },
    inputAttestations: inputs.map((input) => ({ digest: sha256(input) })),
    verificationResult: 'PASSED',
    verifiedLevels: [`SLSA_BUILD_LEVEL_${level ?? 'UNEVALUATED'}`],
    slsaVersion: '1.2',
  }
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: release.artifacts.map((artifact) => ({ name: artifact.name, digest: sha256(artifact.digest) })),
    predicateType: summaryType,
    predicate,
  }
}

/** The place a release was verified for, as one name. */
export function resourceUri(place: { project: string; environment: string; release: Digest }): string {
  return `${resourceScheme}${place.project}:${place.environment}:${place.release}`
}

const resourceScheme = 'urn:lockflight:release:'

const digestSet = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })

const summary = z.strictObject({
  verifier: z.strictObject({ id: z.string().min(1), version: z.record(z.string(), z.string()) }),
  timeVerified: z.iso.datetime(),
  resourceUri: z.string(),
  policy: z.strictObject({ uri: z.string(), digest: digestSet }),
  inputAttestations: z.array(z.strictObject({ digest: digestSet })),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(z.string()),
  slsaVersion: z.string(),
})

/** What a summary claims. */
export const summaryClaims = z.strictObject({
  subjects: z.array(digest).min(1),
  verifier: z.string(),
  project: slug,
  environment: slug,
  release: digest,
  policy: z.strictObject({ uri: z.string(), digest }),
  inputs: z.array(digest),
  result: z.enum(['PASSED', 'FAILED']),
  levels: z.array(z.string()),
  verifiedAt: z.iso.datetime(),
})
export type SummaryClaims = z.output<typeof summaryClaims>

/** One claim that is not what was expected. */
export interface SummaryProblem {
  reason:
    | 'summary.predicate'
    | 'summary.subject'
    | 'summary.resource'
    | 'summary.verifier'
    | 'summary.result'
    | 'summary.level'
  expected: string
  observed: string
}

/** Reads a verified statement strictly; a field that this version does not know could mean anything, so it is a problem. */
export function readVerificationSummary(statement: Statement): { claims: SummaryClaims } | { problem: SummaryProblem } {
  const { predicateType, predicate, subject } = statement
  if (predicateType !== summaryType) return problem('summary.predicate', summaryType, predicateType)
  const read = summary.safeParse(predicate)
  if (!read.success) return problem('summary.predicate', 'a verification summary', z.prettifyError(read.error))
  const { verifier, policy, inputAttestations, verificationResult, verifiedLevels, timeVerified } = read.data
  const [project, environment, ...release] = read.data.resourceUri.slice(resourceScheme.length).split(':')
  const claims = summaryClaims.safeParse({
    subjects: subject.map((each) => `sha256:${each.digest.sha256}`),
    verifier: verifier.id,
    project,
    environment,
    release: release.join(':'),
    policy: { uri: policy.uri, digest: `sha256:${policy.digest.sha256}` },
    inputs: inputAttestations.map((each) => `sha256:${each.digest.sha256}`),
    result: verificationResult,
    levels: verifiedLevels,
    verifiedAt: timeVerified,
  })
  if (claims.success && resourceUri(claims.data) === read.data.resourceUri) return { claims: claims.data }
  return problem('summary.resource', `${resourceScheme}<project>:<environment>:sha256:<release>`, read.data.resourceUri)
}

function problem(reason: SummaryProblem['reason'], expected: string, observed: string): { problem: SummaryProblem } {
  return { problem: { reason, expected, observed } }
}

/** What the claims are compared with; what is absent may be anything. */
export interface SummaryExpectations {
  artifacts: Pick<Artifact, 'name' | 'digest'>[]
  environment: string
  project?: string | undefined
  release?: Digest | undefined
  verifiers?: string[] | undefined
  /** The least SLSA Build level. */
  level?: number | undefined
}

/** Every claim that is not exactly what was expected; none means the summary holds. No patterns, no prefixes (A11, A12). */
export function checkVerificationSummary(claims: SummaryClaims, expected: SummaryExpectations): SummaryProblem[] {
  const { artifacts, environment, project, release, verifiers, level } = expected
  const { subjects } = claims
  const found = (reason: SummaryProblem['reason'], wanted: string, observed: string) => [
    { reason, expected: wanted, observed },
  ]
  const wanted = [
    { what: 'environment', expected: environment, observed: claims.environment },
    { what: 'project', expected: project, observed: claims.project },
    { what: 'release', expected: release, observed: claims.release },
  ]
  return [
    ...artifacts
      .filter((artifact) => !subjects.includes(artifact.digest))
      .flatMap(({ name, digest: bytes }) =>
        found('summary.subject', `${name} ${bytes}`, `only ${subjects.join(', ')}`),
      ),
    ...wanted
      .filter((one) => one.expected !== undefined && one.expected !== one.observed)
      .flatMap((one) => found('summary.resource', `${one.what} ${one.expected}`, `${one.what} ${one.observed}`)),
    ...(!verifiers || verifiers.includes(claims.verifier)
      ? []
      : found('summary.verifier', verifiers.join(' or '), claims.verifier)),
    ...(claims.result === 'PASSED' ? [] : found('summary.result', 'PASSED', claims.result)),
    ...(level === undefined || levelOf(claims) >= level
      ? []
      : found('summary.level', `SLSA Build level ${level}`, claims.levels.join(', ') || 'no level')),
  ]
}

function levelOf({ levels }: SummaryClaims): number {
  return Math.max(0, ...levels.map((level) => Number(/^SLSA_BUILD_LEVEL_([0-4])$/.exec(level)?.[1] ?? 0)))
}

function sha256(name: Digest): { sha256: string } {
  return { sha256: name.slice('sha256:'.length) }
}
