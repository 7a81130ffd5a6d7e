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
  return { promotion, environment, deployment }
}

/** Logs `deploy.completed`; the metrics are made from exactly this. */
export async function completed(
  tx: Transaction,
  { promotion, release }: AtWork,
  deployment: Deployment,
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
      rollbackOf: deployment.class === 'rollback' ? deployment.previous : null,
      links: [
        {
          title: 'deployments',
          url: `/api/v1/projects/${promotion.project}/environments/${promotion.environment}/deployments`,
        },
      ],
    },
  })
}
