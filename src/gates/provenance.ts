import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { oneLine } from '../core/one-line.ts'
import { checkProvenance, provenanceClaims, provenanceType, readProvenance } from '../core/provenance.ts'
import type { Subject, VerdictInput } from '../core/gate.ts'
import { defineGate } from './define-gate.ts'
import { runLink } from './links.ts'
import { trustSettings } from '../trust/trust-settings.ts'
import { judgeTrust, observeTrust, restsOnTrust, trustEvidence } from './provenance/by-trust.ts'
import { verifiedAttestations } from './verified-attestations.ts'

const names = z.array(z.string().min(1)).min(1)

const config = z
  .strictObject({
    builders: names
      .optional()
      .describe(
        'Who of those who sign with a key of this installation may have built it: `builder.id`s, compared exactly',
      ),
    repositories: names.optional().describe('Where the source may come from, compared exactly; anywhere when absent'),
    branches: names.optional().describe('Which branches it may be built from, compared exactly; any when absent'),
    trust: trustSettings.optional().describe('Instead: whose builds elsewhere are let in, see docs/importing.md'),
  })
  .superRefine(({ trust: policy, builders, repositories, branches }, context) => {
    const ours = Object.entries({ builders, repositories, branches }).filter(([, value]) => value !== undefined)
    const expect = (message: string, path: string[] = []) => context.addIssue({ code: 'custom', path, message })
    if (policy === undefined && builders === undefined) expect('expected `builders` or `trust`, found neither')
    if (policy === undefined) return
    for (const [key] of ours) expect(`expected either \`trust\` or \`${key}\`, found both`, [key])
  })

const seen = z.strictObject({
  attestation: digest,
  claims: provenanceClaims.nullable(),
  /** Why the claims cannot be believed; null when they can. */
  disbelief: z.string().nullable(),
})

const ours = z.strictObject({ provenances: z.array(seen) })

/** The release must have been built by a known builder from a known place, says signed provenance; no class of promotion may skip it. */
export const provenance = defineGate({
  config,
  evidence: z.union([ours, trustEvidence]),
  reads: 'records',
  maxAgeSeconds: 0,
  always: true,

  async observe(settings, subject, world) {
    if (settings.trust) return observeTrust(settings.trust, subject, world)
    const attestations = await verifiedAttestations(subject, world)
    const provenances = attestations
      .filter(({ attestation }) => attestation.predicateType === provenanceType)
      .map(({ attestation, result }) => {
        if (!result.verified) return disbelieved(attestation.digest, `${result.reason}: ${result.message}`)
        const read = readProvenance(result.statement)
        if ('claims' in read) return { attestation: attestation.digest, claims: read.claims, disbelief: null }
        const { reason, expected, observed } = read.problem
        return disbelieved(attestation.digest, `${reason}: expected ${expected}, found ${observed}`)
      })
    return { provenances }
  },

  judge(settings, evidence, subject) {
    if (settings.trust && 'facts' in evidence) return judgeTrust(settings.trust, evidence, subject)
    if (!settings.trust && 'provenances' in evidence) return judgeOurs(settings, evidence, subject)
    return {
      outcome: 'fail',
      reason: 'what was looked at says nothing about what these settings ask for',
      expected: 'a release that was looked at with these settings',
      observed: 'one that was looked at with others',
      unblock: 'looking again, which every new evaluation does',
    }
  },

  // What is built here is checked for every summary, whatever the gates ask.
  restsOn: (settings, evidence, subject) =>
    settings.trust && 'facts' in evidence
      ? restsOnTrust(settings.trust, evidence, subject)
      : { attestations: [], level: null },
})

/** What this installation has signed must name builder and place. */
function judgeOurs(
  { builders = [], repositories, branches }: z.output<typeof config>,
  { provenances }: z.output<typeof ours>,
  { project, release }: Subject,
): VerdictInput {
  const checked = provenances.map(({ claims, disbelief }) => ({
    claims,
    problems:
      disbelief === null && claims
        ? checkProvenance(claims, { release, builders, repositories, branches }).map(
            ({ reason, expected, observed }) => `${reason}: expected ${expected}, found ${observed}`,
          )
        : [disbelief ?? 'no claims'],
  }))
  const expected = [
    `built by ${builders.join(' or ')}`,
    ...(repositories ? [`from ${repositories.join(' or ')}`] : []),
    ...(branches ? [`branch ${branches.join(' or ')}`] : []),
  ].join(', ')
  const good = checked.find(({ problems }) => problems.length === 0)?.claims
  if (good) {
    const { repository, commit, branch } = good.source
    return {
      outcome: 'pass',
      reason: `built by ${good.builder} from ${repository} at ${commit}`,
      expected,
      observed: `branch ${branch ?? 'none'}, run ${good.invocation}`,
      links: release.run === null ? [] : [runLink(project, release.run)],
    }
  }
  const problems = checked.flatMap((each) => each.problems)
  return {
    outcome: 'fail',
    reason: problems.length > 0 ? problems.join('; ') : `release ${release.version} has no provenance`,
    expected,
    observed:
      checked.map(({ claims }) => (claims ? `built by ${claims.builder}` : 'unusable provenance')).join(', ') || 'none',
    unblock: 'a release built as expected: lockflight run',
    links: release.run === null ? [] : [runLink(project, release.run)],
  }
}

function disbelieved(attestation: z.infer<typeof digest>, why: string): z.input<typeof seen> {
  return { attestation, claims: null, disbelief: oneLine(why, 1000) }
}
