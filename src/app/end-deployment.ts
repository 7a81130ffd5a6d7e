import type { Deployment } from '../core/deployment.ts'
import { deploymentEntry, type DeploymentFacts } from '../core/deployment-entry.ts'
import type { Digest } from '../core/digest.ts'
import type { Environment } from '../core/environment.ts'
import { isFinal, move } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import type { AtWork } from './deployment-at-work.ts'
import { requiredGates } from './required-gates.ts'

/** A deployment that is over, with its environment locked but not yet free. */
export interface Ended {
  environment: Environment
  facts: DeploymentFacts
  /** What a rollback put away, or was to: the deployment before it, whether that one was live or had failed; null for every other class. */
  rolledBack: Deployment | null
}

/** How a deployment ended. */
interface End {
  outcome: 'succeeded' | 'failed'
  reason: string
  url: string | null
  /** Of the signed statement that it passed the gates, where there is one. */
  summary?: Digest | undefined
}

/** Writes the end of a deployment with `deploy.completed`, from which the metrics are made; null when it has ended already, so that a repeated job writes nothing twice (I02). */
export async function endDeployment(
  app: App,
  tx: Transaction,
  work: AtWork,
  { summary, ...end }: End,
): Promise<Ended | null> {
  const { release, definition } = work
  const { project, environment: name } = work.promotion
  // In this order, and in one round trip: what is read after the locks is what counts.
  const [promotion, environment, live, evaluations] = await Promise.all([
    tx.promotions.lock(work.promotion.id),
    tx.environments.lock(project, name),
    tx.deployments.live(project, name),
    tx.evaluations.latest(work.promotion.id),
  ])
  if (isFinal(promotion.state) || promotion.attempt !== work.deployment.attempt) return null
  const replaced = end.outcome === 'succeeded' ? live : null
  if (replaced) await tx.deployments.save({ ...replaced, replacedAt: tx.now })
  const deployment: Deployment = { ...work.deployment, ...end, finishedAt: tx.now }
  await tx.deployments.save(deployment)
  await tx.promotions.save(move(promotion, end.outcome, end.reason, tx.now))

  const required = requiredGates(app, promotion, work)
  const facts = { promotion, deployment, release, definition, required, evaluations }
  const rolledBack = await rolledBackBy(tx, deployment)
  await tx.log(
    deploymentEntry('deploy.completed', facts, { ...outcomeOf(facts, rolledBack), summary: summary ?? null }),
  )
  return { environment, facts, rolledBack }
}

/** A second try after a rollback that failed puts away what the first one was to. */
async function rolledBackBy(
  tx: Transaction,
  { class: kind, fence, project, environment }: Deployment,
): Promise<Deployment | null> {
  if (kind !== 'rollback') return null
  const newest = await tx.deployments.list({ project, environment, limit: 100 })
  const earlier = newest.filter((other) => other.fence < fence)
  return earlier.find((other) => other.class !== 'rollback' || other.outcome === 'succeeded') ?? null
}

function outcomeOf({ deployment, release }: DeploymentFacts, rolledBack: Deployment | null) {
  const { outcome, reason, startedAt, finishedAt } = deployment
  return {
    outcome,
    reason,
    committedAt: release.committedAt?.toISOString() ?? null,
    releaseCreatedAt: release.createdAt.toISOString(),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    durationSeconds: finishedAt && (finishedAt.getTime() - startedAt.getTime()) / 1000,
    rollbackOf: rolledBack?.release ?? null,
  }
}
