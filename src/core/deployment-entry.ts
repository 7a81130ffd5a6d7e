import { z } from 'zod'
import { lockflight } from './actor.ts'
import { policyDigest, type EnvironmentDefinition } from './configuration.ts'
import type { Deployment } from './deployment.ts'
import { digest } from './digest.ts'
import type { NewEntry } from './entry.ts'
import { clipped, fitted } from './fitted.ts'
import type { Evaluation, RequiredGate } from './gate.ts'
import { link } from './link.ts'
import { promotionClasses, type Promotion } from './promotion.ts'
import type { Release } from './release.ts'

const seconds = z.number().nonnegative()

/** One gate's verdict that a deployment started on. */
const verdictSummary = z.strictObject({
  gate: z.string(),
  outcome: z.string(),
  shadow: z.literal(true).optional().describe('There when nothing waited for it'),
  overridden: z.literal(true).optional().describe('There when two people let it past: see override.used'),
  reason: z.string().describe('Its first 300 characters; whole in the `gate.*` entry'),
  evaluation: z.string().describe('The id of the recorded verdict'),
  evidence: digest.nullable().describe('The digest of what the gate saw; null when it saw nothing'),
})

/** What every entry about a deployment says of it. */
export const deploymentData = z.strictObject({
  promotion: z.string(),
  attempt: z.int(),
  fence: z.int(),
  class: z.enum(promotionClasses),
  environment: z.string(),
  release: digest,
  version: z.string(),
  digests: z.record(z.string(), digest).describe('Each artifact of the release by name'),
  source: z.strictObject({ repository: z.string(), commit: z.string(), branch: z.string().nullable() }),
  previous: digest.nullable().describe('What was live before'),
  requestedBy: z.string().describe('Who, or what, asked for it: subject@issuer'),
  policy: digest.describe("The digest of the environment's definition, which approvals bind to"),
  revision: z.int().describe('Number of the configuration revision it is carried out with'),
  rollout: z.string(),
  verdicts: z.array(verdictSummary).describe('One for each gate it had to pass, as they stood when it started'),
  durations: z.strictObject({
    waitingSeconds: seconds.describe('From the request to the start'),
    deployingSeconds: seconds.nullable().describe('From the start until the release was in place, or that failed'),
    verifyingSeconds: seconds.nullable().describe('From then to the end; null when it was not verified'),
    totalSeconds: seconds.describe('From the request until now'),
  }),
  links: z.array(link),
  cut: z.literal(true).optional().describe('There when it was too long for an entry, and texts or lists are cut'),
})

/** Everything that entries about a deployment are made from. */
export interface DeploymentFacts {
  promotion: Promotion
  deployment: Deployment
  release: Release
  definition: EnvironmentDefinition
  /** The gates it had to pass. */
  required: RequiredGate[]
  /** The recorded verdicts, among others those it started on. */
  evaluations: Evaluation[]
}

/** The entry of that type with all there is to say about a deployment at this moment; `more` is what only this type says. */
export function deploymentEntry(
  type: 'deploy.started' | 'deploy.completed' | 'rollback.executed',
  facts: DeploymentFacts,
  more: Record<string, unknown> = {},
): NewEntry {
  const { project, environment, id } = facts.promotion
  const data = fitted({ ...dataOf(facts), ...more })
  return { type, actor: lockflight.id, project, environment, subject: id, data }
}

function dataOf(facts: DeploymentFacts): z.input<typeof deploymentData> {
  const { promotion, deployment, release, definition } = facts
  const { attempt, fence, previous, revision, environment } = deployment
  return {
    promotion: promotion.id,
    attempt,
    fence,
    class: deployment.class,
    environment,
    release: release.digest,
    version: release.version,
    digests: Object.fromEntries(release.artifacts.map((artifact) => [artifact.name, artifact.digest])),
    source: release.source,
    previous,
    requestedBy: promotion.requestedBy,
    policy: policyDigest(definition),
    revision,
    rollout: definition.rollout.use,
    verdicts: verdictsOf(facts),
    durations: durationsOf(facts),
    links: linksOf(facts),
  }
}

function verdictsOf({ required, evaluations }: DeploymentFacts): z.input<typeof verdictSummary>[] {
  return required.flatMap((gate) =>
    evaluations
      .filter((one) => one.gate.id === gate.id && one.gate.digest === gate.digest)
      .map(({ id, verdict, evidenceDigest }) => ({
        gate: gate.id,
        outcome: verdict.outcome,
        ...(gate.shadow && { shadow: true as const }),
        ...(verdict.outcome !== 'pass' && !gate.shadow && { overridden: true as const }),
        reason: clipped(verdict.reason, 300),
        evaluation: id,
        evidence: evidenceDigest,
      })),
  )
}

function durationsOf({ promotion, deployment }: DeploymentFacts): z.input<typeof deploymentData>['durations'] {
  const { startedAt, deployedAt, finishedAt } = deployment
  const inPlaceAt = deployedAt ?? finishedAt
  return {
    waitingSeconds: between(promotion.requestedAt, startedAt),
    deployingSeconds: inPlaceAt && between(startedAt, inPlaceAt),
    verifyingSeconds: deployedAt && finishedAt && between(deployedAt, finishedAt),
    totalSeconds: between(promotion.requestedAt, finishedAt ?? deployedAt ?? startedAt),
  }
}

function linksOf({ promotion: { project, environment, id } }: DeploymentFacts): z.input<typeof link>[] {
  const place = `/api/v1/projects/${project}`
  return [
    { title: 'promotion', url: `${place}/promotions/${id}` },
    { title: 'why', url: `${place}/promotions/${id}/why` },
    { title: 'deployments', url: `${place}/environments/${environment}/deployments` },
  ]
}

function between(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime()) / 1000
}
