import { lockflight } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Environment } from '../core/environment.ts'
import { isFinal, type Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { AtWork } from './deployment-at-work.ts'

/** A deployment whose row says that it is over, with promotion and environment locked but not yet saved. */
export interface Ended {
  promotion: Promotion
  environment: Environment
  deployment: Deployment
  /** What a rollback put away, or was to: the deployment before it, whether that one was live or had failed; null for every other class. */
  rolledBack: Deployment | null
}

/** Writes the end of a deployment; null when it has ended already, so that a repeated job writes nothing twice (I02). */
export async function endDeployment(
  tx: Transaction,
  work: AtWork,
  end: Pick<Deployment, 'outcome' | 'reason' | 'url'>,
): Promise<Ended | null> {
  const promotion = await tx.promotions.lock(work.promotion.id)
  if (isFinal(promotion.state) || promotion.attempt !== work.deployment.attempt) return null
  const environment = await tx.environments.lock(promotion.project, promotion.environment)
  const replaced =
    end.outcome === 'succeeded' ? await tx.deployments.live(promotion.project, promotion.environment) : null
  if (replaced) await tx.deployments.save({ ...replaced, replacedAt: tx.now })
  const deployment: Deployment = { ...work.deployment, ...end, finishedAt: tx.now }
  await tx.deployments.save(deployment)
  return { promotion, environment, deployment, rolledBack: await rolledBackBy(tx, deployment) }
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

/** Logs `deploy.completed`; the metrics are made from exactly this. */
export async function completed(
  tx: Transaction,
  { promotion, release }: AtWork,
  { deployment, rolledBack }: Ended,
): Promise<void> {
  const { startedAt, finishedAt } = deployment
  await tx.log({
    type: 'deploy.completed',
    actor: lockflight.id,
    project: promotion.project,
    environment: promotion.environment,
    subject: promotion.id,
    data: {
      promotion: promotion.id,
      attempt: deployment.attempt,
      fence: deployment.fence,
      class: deployment.class,
      outcome: deployment.outcome,
      reason: deployment.reason,
      release: release.digest,
      version: release.version,
      digests: Object.fromEntries(release.artifacts.map(({ name, digest }) => [name, digest])),
      source: release.source,
      previous: deployment.previous,
      requestedBy: promotion.requestedBy,
      committedAt: release.committedAt?.toISOString() ?? null,
      releaseCreatedAt: release.createdAt.toISOString(),
      startedAt: startedAt.toISOString(),
      finishedAt: finishedAt?.toISOString() ?? null,
      durationSeconds: finishedAt ? (finishedAt.getTime() - startedAt.getTime()) / 1000 : null,
      rollbackOf: rolledBack?.release ?? null,
      links: [
        {
          title: 'deployments',
          url: `/api/v1/projects/${promotion.project}/environments/${promotion.environment}/deployments`,
        },
      ],
    },
  })
}
