import { z } from 'zod'
import { digest } from '../core/digest.ts'
import { verdict } from '../core/gate.ts'
import { slug } from '../core/names.ts'
import { endpoint } from './endpoint.ts'
import { inProject, releaseName } from './place.ts'
import { explanation, promotion } from './promotion.ts'
import { release } from './release.ts'
import { fileTexts, id, page, paging, time } from './wire.ts'

const outcome = verdict.shape.outcome

const fate = z
  .enum(['healthy', 'failed', 'running'])
  .nullable()
  .describe('What came of it, by the rule of the change fail rate; null when it was never deployed')

const fates = z.object({ healthy: z.int(), failed: z.int(), open: z.int() })

const flip = z.object({
  promotion: z.string(),
  release: z.string(),
  environment: z.string(),
  gate: z.string(),
  at: time,
  was: outcome,
  would: outcome,
  reason: z.string(),
  fate,
  decisive: z.boolean().describe('The verdict that the start, or the end of the waiting, was decided on'),
})

const recordedVerdict = z.object({
  id: z.string(),
  promotion: z.string(),
  environment: z.string(),
  release: digest,
  releaseVersion: z.string(),
  gate: z.string(),
  use: z.string(),
  shadow: z.boolean().describe('Said while it ran in shadow, where it stops nothing'),
  definition: digest.describe('Of the settings it was made with'),
  evidence: digest.nullable(),
  ...verdict.pick({ outcome: true, reason: true, expected: true, observed: true, links: true }).shape,
  at: time,
})

/** Endpoints about gates: what they said, what they would say now, and what changed ones would have said. */
export const gates = {
  planRelease: endpoint({
    method: 'GET',
    path: '/projects/:project/releases/:release/plan',
    permission: 'project.read',
    summary: 'The whole way of a release through all environments, as it would go now; changes nothing',
    costly: true,
    input: z.strictObject({ ...inProject, release: releaseName }),
    output: z.object({
      release,
      steps: z.array(
        z.object({
          environment: z.string(),
          after: z.array(z.string()),
          promote: z.enum(['auto', 'manual']),
          isLive: z.boolean().describe('The release runs there now'),
          promotion: z.string().nullable().describe('The one that waits; null when nobody has asked yet'),
          ...explanation.pick({
            next: true,
            unmet: true,
            passed: true,
            shadows: true,
            overrides: true,
            recheckAt: true,
          }).shape,
          deploy: z.string(),
          rollout: z.string(),
          verify: z.array(z.string()),
          onFailure: z.enum(['rollback', 'stop']),
        }),
      ),
    }),
  }),
  listVerdicts: endpoint({
    method: 'GET',
    path: '/projects/:project/verdicts',
    permission: 'project.read',
    summary: 'What gates said, newest first',
    input: z.strictObject({
      ...inProject,
      environment: slug.exactOptional(),
      gate: slug.exactOptional(),
      outcome: outcome.exactOptional(),
      promotion: id.exactOptional(),
      release: releaseName.exactOptional(),
      since: time.exactOptional(),
      ...paging,
    }),
    output: page(recordedVerdict),
  }),
  getEvidence: endpoint({
    method: 'GET',
    path: '/projects/:project/promotions/:id/evidence',
    permission: 'project.read',
    summary: 'What the gates of a promotion saw last, and everything they were judged about',
    input: z.strictObject({ ...inProject, id }),
    output: z.object({
      promotion,
      release,
      policy: digest,
      at: time,
      gates: z.array(
        z.object({ gate: z.string(), use: z.string(), evidence: z.unknown(), outcome, reason: z.string() }),
      ),
    }),
  }),
  backtestPolicy: endpoint({
    method: 'POST',
    path: '/projects/:project/backtest',
    permission: 'project.read',
    summary: 'What the gates of a changed lockflight.yaml would have said of past promotions; changes nothing',
    costly: true,
    input: z.strictObject({
      ...inProject,
      text: z.string().max(1_000_000).describe('The whole lockflight.yaml to try'),
      files: fileTexts.default({}),
      since: time.describe('Promotions asked for since then'),
      environment: slug.exactOptional(),
    }),
    output: z.object({
      since: time,
      isWhole: z.boolean().describe('False when there was more than is judged at once, and the newest were taken'),
      promotions: z.int(),
      judged: z.int().describe('Verdicts made again'),
      gates: z.array(
        z.object({
          environment: z.string(),
          id: z.string(),
          use: z.string(),
          judged: z.int(),
          unjudged: z.int().describe('Nothing was recorded that these settings could judge'),
          toPass: z.int(),
          fromPass: z.int(),
        }),
      ),
      stopped: fates.describe('Promotions that at least one gate would not have let pass'),
      passed: fates,
      flipped: z.int(),
      flips: z.array(flip).describe('Every verdict that changes, the newest promotions’ first'),
    }),
  }),
}
