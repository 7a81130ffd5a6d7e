import { z } from 'zod'
import { digest, type Digest } from '../core/digest.ts'
import { oneLine } from '../core/one-line.ts'
import { disbeliefs } from '../core/disbelieved.ts'
import { defineGate } from './define-gate.ts'
import { byOthers, observeOthers, othersEvidence, signedByOthers } from './signature/by-others.ts'
import { keyProblems } from '../trust/trusted-roots.ts'
import { verifiedAttestations } from './verified-attestations.ts'

const checked = z.discriminatedUnion('verified', [
  z.strictObject({
    verified: z.literal(true),
    attestation: digest,
    predicateType: z.string(),
    key: z.string(),
    subjects: z.array(digest),
  }),
  z.strictObject({
    verified: z.literal(false),
    attestation: digest,
    reason: z.enum(disbeliefs),
    message: z.string(),
  }),
])

const config = z.strictObject(byOthers).superRefine(({ by, ...settings }, context) => {
  const expect = (message: string, path: (string | number)[]) => context.addIssue({ code: 'custom', path, message })
  for (const { path, message } of keyProblems(by ?? [])) expect(message, ['by', ...path])
  for (const key of ['roots', 'transparency-log'] as const) {
    if (!by && settings[key] !== undefined) expect(`expected \`${key}\` only beside \`by\``, [key])
  }
})

/** Every artifact must be covered by a signature that a trusted key, or whoever is named, has made; no class of promotion may skip it. */
export const signature = defineGate({
  config,
  evidence: z.strictObject({ attestations: z.array(checked), others: othersEvidence.optional() }),
  reads: 'records',
  maxAgeSeconds: 0,
  always: true,

  async observe(settings, subject, world) {
    const attestations = (await verifiedAttestations(subject, world)).map(({ attestation, result }) => {
      if (!result.verified) {
        const { reason, message } = result
        return { verified: false as const, attestation: attestation.digest, reason, message: oneLine(message, 500) }
      }
      return {
        verified: true as const,
        attestation: attestation.digest,
        predicateType: result.statement.predicateType,
        key: result.key,
        subjects: result.statement.subject.map((each): Digest => `sha256:${each.digest.sha256}`),
      }
    })
    const others = await observeOthers(settings, subject, world)
    return { attestations, ...(others && { others }) }
  },

  judge(settings, { attestations, others = null }, { release: { artifacts, version, run } }) {
    const valid = attestations.filter((each) => each.verified)
    const invalid = attestations.filter((each) => !each.verified)
    const elsewhere = signedByOthers(settings, others)
    const covered = new Set([...valid.flatMap(({ subjects }) => subjects), ...elsewhere.artifacts])
    const bare = artifacts.filter((artifact) => !covered.has(artifact.digest))
    const expected = settings.by
      ? 'every artifact signed with a trusted key or by one who is named'
      : 'every artifact signed with a trusted key'
    if (artifacts.length > 0 && bare.length === 0) {
      const names = [...new Set([...valid.map(({ key }) => key), ...elsewhere.signers])].join(', ')
      return {
        outcome: 'pass',
        reason: `${artifacts.length === 1 ? '1 artifact' : `all ${artifacts.length} artifacts`} signed ${settings.by ? 'by' : 'with'} ${names}`,
        expected,
      }
    }
    const why = settings.by ? elsewhere.problems : told(invalid)
    const missing = `not signed: ${bare.map(({ name }) => name).join(', ')}`
    return {
      outcome: 'fail',
      reason: bare.length > 0 ? [missing, ...why].join('; ') : `release ${version} has no artifacts`,
      expected,
      observed: `${valid.length} valid and ${invalid.length} invalid attestations`,
      unblock: unblockedBy(settings.by !== undefined, run !== null),
    }
  },
})

/** What is wrong, once, with everything that it is wrong of. */
function told(invalid: { attestation: Digest; reason: string; message: string }[]): string[] {
  const byProblem = Map.groupBy(invalid, ({ reason, message }) => `${reason}, ${message}`)
  return [...byProblem].map(
    ([problem, all]) => `${all.map(({ attestation }) => attestation).join(' and ')}: ${problem}`,
  )
}

function unblockedBy(othersCount: boolean, isBuiltHere: boolean): string {
  if (othersCount)
    return 'a release signed by one who is named: lockflight release import; or built here: lockflight run'
  const here = 'a release built and signed here with a key that is not revoked: lockflight run'
  return isBuiltHere ? here : `whoever signed it, named under \`by\` of this gate: lockflight apply; or ${here}`
}
