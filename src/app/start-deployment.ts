import { lockflight } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Environment } from '../core/environment.ts'
import { move, type Promotion } from '../core/promotion.ts'
import { rolloutStart } from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import type { Consideration } from './consider-promotion.ts'

/**
 * Commits the intent to deploy: the environment taken, the next fence, the deployment, `deploy.started` and the job,
 * all at once. The caller holds the locks of promotion and environment and has just decided to start.
 */
export async function startDeployment(
  tx: Transaction,
  waiting: Promotion,
  { release, definition, revision, subject, evaluations, required }: Consideration,
  environment: Environment,
): Promise<void> {
  const promotion = {
    ...move(waiting, 'deploying', '', tx.now),
    attempt: waiting.attempt + 1,
    unmet: [],
    recheckAt: null,
  }
  const live = await tx.deployments.live(promotion.project, promotion.environment)
  const deployment: Deployment = {
    promotion: promotion.id,
    attempt: promotion.attempt,
    project: promotion.project,
    environment: promotion.environment,
    release: promotion.release,
    class: promotion.class,
    revision,
    fence: environment.fence + 1,
    outcome: 'running',
    reason: '',
    previous: live?.release ?? null,
    rollout: rolloutStart,
    url: null,
    startedBy: promotion.requestedBy,
    startedAt: tx.now,
    deployedAt: null,
    finishedAt: null,
    replacedAt: null,
  }
  await tx.environments.save({ ...environment, fence: deployment.fence, active: promotion.id })
  await tx.promotions.save(promotion)
  await tx.deployments.add(deployment)
  await tx.log({
    type: 'deploy.started',
    actor: lockflight.id,
    project: promotion.project,
    environment: promotion.environment,
    subject: promotion.id,
    data: {
      promotion: promotion.id,
      attempt: promotion.attempt,
      fence: deployment.fence,
      class: promotion.class,
      release: release.digest,
      version: release.version,
      digests: Object.fromEntries(release.artifacts.map(({ name, digest }) => [name, digest])),
      source: release.source,
      previous: deployment.previous,
      requestedBy: promotion.requestedBy,
      policy: subject.policy,
      revision,
      rollout: definition.rollout.use,
      verdicts: required.flatMap(({ id }) =>
        evaluations
          .filter(({ gate }) => gate.id === id)
          .map(({ verdict, evidenceDigest }) => ({
            gate: id,
            outcome: verdict.outcome,
            reason: verdict.reason,
            evidence: evidenceDigest,
          })),
      ),
      links: [{ title: 'why', url: `/api/v1/projects/${promotion.project}/promotions/${promotion.id}/why` }],
    },
  })
  await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
}
