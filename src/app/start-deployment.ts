import type { Deployment } from '../core/deployment.ts'
import { deploymentEntry } from '../core/deployment-entry.ts'
import type { Environment } from '../core/environment.ts'
import type { Evaluation } from '../core/gate.ts'
import { move, type Promotion } from '../core/promotion.ts'
import { rolloutStart } from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import type { Consideration } from './consider-promotion.ts'

/** A promotion looked at, with the rows in which its verdicts are recorded. */
export interface Judged extends Consideration {
  recorded: Evaluation[]
}

/**
 * Commits the intent to deploy: the environment taken, the next fence, the deployment, `deploy.started` and the job,
 * all at once. The caller holds the locks of promotion and environment, and has read what is live and decided since.
 */
export async function startDeployment(
  tx: Transaction,
  waiting: Promotion,
  { release, definition, revision, required, recorded }: Judged,
  { environment, live }: { environment: Environment; live: Deployment | null },
): Promise<void> {
  const promotion = {
    ...move(waiting, 'deploying', '', tx.now),
    attempt: waiting.attempt + 1,
    unmet: [],
    recheckAt: null,
  }
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
  await tx.environments.save({ ...environment, fence: deployment.fence, active: promotion.id, takingDown: false })
  await tx.promotions.save(promotion)
  await tx.deployments.add(deployment)
  await tx.log(
    deploymentEntry('deploy.started', { promotion, deployment, release, definition, required, evaluations: recorded }),
  )
  await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
}
