import { z } from 'zod'
import { digest, type Digest } from '../core/digest.ts'
import { oneLine } from '../core/one-line.ts'
import { disbeliefs } from '../core/disbelieved.ts'
import { defineGate } from './define-gate.ts'
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

/** Every artifact must be covered by a statement that a trusted key signed; no class of promotion may skip it. */
export const signature = defineGate({
  config: z.strictObject({}),
  evidence: z.strictObject({ attestations: z.array(checked) }),
  reads: 'records',
  maxAgeSeconds: 0,
  always: true,

  async observe(_, subject, world) {
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
    return { attestations }
  },

  judge(_, { attestations }, { release: { artifacts, version } }) {
    const valid = attestations.filter((each) => each.verified)
    const invalid = attestations.filter((each) => !each.verified)
    const covered = new Set(valid.flatMap(({ subjects }) => subjects))
    const bare = artifacts.filter((artifact) => !covered.has(artifact.digest))
    const expected = 'every artifact signed with a trusted key'
    if (artifacts.length > 0 && bare.length === 0) {
      const keys = [...new Set(valid.map(({ key }) => key))].join(', ')
      return { outcome: 'pass', reason: `all ${artifacts.length} artifacts signed with ${keys}`, expected }
    }
    const why = invalid.map(({ attestation, reason, message }) => `; ${attestation}: ${reason}, ${message}`).join('')
    const names = bare.map(({ name }) => name).join(', ')
    return {
      outcome: 'fail',
      reason: bare.length > 0 ? `not signed: ${names}${why}` : `release ${version} has no artifacts`,
      expected,
      observed: `${valid.length} valid and ${invalid.length} invalid attestations`,
      unblock: 'a release built and signed here with a key that is not revoked: lockflight run',
    }
  },
})
