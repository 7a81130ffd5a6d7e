import { z } from 'zod'
import { digest, type Digest } from '../core/digest.ts'
import type { VerdictInput } from '../core/gate.ts'
import { oneLine } from '../core/one-line.ts'
import {
  checkVerificationSummary,
  readVerificationSummary,
  summaryClaims,
  summaryType,
} from '../core/verification-summary.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import { defineGate } from './define-gate.ts'

const config = z.strictObject({
  verifiers: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      'Whose word counts, among those who sign with a key of this installation: `verifier.id`s, compared exactly',
    ),
  'min-level': z.int().min(1).max(3).optional().describe('The least SLSA Build level it must vouch for'),
})

const seen = z.strictObject({
  attestation: digest,
  claims: summaryClaims.nullable(),
  /** Why the claims cannot be believed; null when they can. */
  disbelief: z.string().nullable(),
})
type Seen = z.output<typeof seen>

/** A signed verification summary must say that exactly these artifacts passed the gates of every environment that comes before; an override there leaves none. */
export const summary = defineGate({
  config,
  evidence: z.strictObject({ summaries: z.array(seen) }),
  reads: 'records',
  maxAgeSeconds: 0,

  async observe(_, { release }, { records }) {
    const attestations = await records.attestations(release.digest)
    const keys = await records.keys()
    const summaries = attestations
      .filter(({ predicateType }) => predicateType === summaryType)
      .map(({ digest: attestation, bundle, createdAt }) => {
        const result = verifyOwn(bundle, keys, createdAt)
        if (!result.verified) return disbelieved(attestation, `${result.reason}: ${result.message}`)
        const read = readVerificationSummary(result.statement)
        if ('claims' in read) return { attestation, claims: read.claims, disbelief: null }
        return disbelieved(attestation, problemText(read.problem))
      })
    return { summaries }
  },

  judge(settings, { summaries }, { project, release, after }): VerdictInput {
    const expected = `${release.version} passed the gates of ${after.join(' and ')}, says ${settings.verifiers.join(' or ')}`
    const places = after.map((environment) => {
      const wanted = { ...release, release: release.digest, project, environment }
      const rules = { ...wanted, verifiers: settings.verifiers, level: settings['min-level'] }
      const about = summaries.filter(({ claims }) => claims === null || claims.environment === environment)
      const problems = about.map(({ claims, disbelief }) =>
        claims && disbelief === null ? checkVerificationSummary(claims, rules).map(problemText) : [`${disbelief}`],
      )
      const good = about.find((_, index) => problems[index]?.length === 0)
      return { environment, good, problems: problems.flat() }
    })
    const [first, ...others] = places.filter(({ good }) => !good)
    if (!first) return { outcome: 'pass', reason: passed(places), expected }
    const bad = [first, ...others]
    return {
      outcome: bad.some(({ problems }) => problems.length > 0) ? 'fail' : 'wait',
      reason: bad
        .flatMap(({ environment, problems }) => {
          const [why, ...more] = new Set(problems)
          return [`no summary of ${environment} counts${why === undefined ? '' : `: ${why}`}`, ...more]
        })
        .join('; '),
      expected,
      observed: `${summaries.length} summaries`,
      unblock: `a promotion without overrides: lockflight promote ${release.version} --to ${first.environment}`,
    }
  },
})

function passed(places: { environment: string; good: Seen | undefined }[]): string {
  if (places.length === 0) return 'no environment comes before'
  return places
    .map(
      ({ environment, good }) => `${good?.claims?.verifier} vouched for ${environment} at ${good?.claims?.verifiedAt}`,
    )
    .join('; ')
}

function problemText({ reason, expected, observed }: { reason: string; expected: string; observed: string }): string {
  return oneLine(`${reason}: expected ${expected}, found ${observed}`, 500)
}

function disbelieved(attestation: Digest, why: string): Seen {
  return { attestation, claims: null, disbelief: oneLine(why, 1000) }
}
