import { lockflight } from '../core/actor.ts'
import type { Inspection } from '../core/deployer.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Digest } from '../core/digest.ts'
import { move } from '../core/promotion.ts'
import { isTurnedBack, rolloutPlan } from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import type { App } from './app.ts'
import { inspect, type AtWork } from './deployment-at-work.ts'
import { completed, endDeployment, type Ended } from './end-deployment.ts'
import { wakeWaiting } from './wake.ts'

/** Ends a failed deployment and, where the environment says so, asks for the rollback in the same transaction; the hold set with it keeps anything else from slipping in between. */
export async function failDeployment(app: App, work: AtWork, reason: string): Promise<void> {
  const running = await runningNow(app, work)
  await app.store.transaction(async (tx) => {
    const ended = await endDeployment(tx, work, { outcome: 'failed', reason, url: null })
    if (!ended) return
    await tx.promotions.save(move(ended.promotion, 'failed', reason, tx.now))
    await completed(tx, work, ended)
    const target = rollbackTarget(work, ended.deployment, running)
    if (target !== null) return rollBack(app, tx, work, ended, target)
    await tx.environments.save({ ...ended.environment, active: null })
    await wakeWaiting(tx, ended.promotion.project, ended.promotion.environment)
  })
}

/** A target that cannot be asked is treated as one that cannot tell: not as running what it should. */
async function runningNow(app: App, work: AtWork): Promise<Inspection['release']> {
  return inspect(app, work).then(
    ({ release }) => release,
    () => 'unknown',
  )
}

/** Where to go back to; null when the environment does not want it, nothing was there before, or what was runs still: as the target says, or because the rollout never got to its place. */
function rollbackTarget({ definition }: AtWork, deployment: Deployment, running: Inspection['release']): Digest | null {
  if (definition['on-failure'] !== 'rollback' || deployment.class === 'rollback') return null
  const { previous, rollout } = deployment
  const turnedBack = isTurnedBack(rolloutPlan(definition.rollout, previous), rollout)
  return previous === running || (running === 'unknown' && turnedBack) ? null : previous
}

/** Whoever asked for a rollback while the deployment was failing has chosen where to; automation asks for nothing else then. */
async function rollBack(
  app: App,
  tx: Transaction,
  work: AtWork,
  { promotion, environment }: Ended,
  target: Digest,
): Promise<void> {
  const { project, id } = promotion
  const waiting = await tx.promotions.waitingIn(project, promotion.environment)
  const asked = waiting.find((one) => one.class === 'rollback')
  const release = await tx.releases.get(project, asked?.release ?? target)
  const reason = `promotion ${id} failed in ${promotion.environment}`
  const hold = { by: lockflight.id, reason: `rolling back to ${release.version}: ${reason}`, at: tx.now }
  await tx.environments.save({ ...environment, active: null, hold })
  await tx.log({
    type: 'environment.held',
    actor: lockflight.id,
    project,
    environment: promotion.environment,
    subject: promotion.environment,
    data: { reason: hold.reason, by: hold.by },
  })
  if (asked) return wakeWaiting(tx, project, promotion.environment)
  await addPromotion(tx, {
    id: app.newId(),
    release,
    environment: promotion.environment,
    definition: work.definition,
    class: 'rollback',
    by: lockflight.id,
    reason,
  })
}
