import { lockflight } from '../core/actor.ts'
import type { Inspection } from '../core/deployer.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Digest } from '../core/digest.ts'
import { goesBack } from '../core/promotion.ts'
import { currentAction, isTurnedBack, rolloutPlan, type RolloutAction } from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import { failDrilling, giveUpDrill } from './advance-drill.ts'
import type { App } from './app.ts'
import { inspect, type AtWork } from './deployment-at-work.ts'
import { endDeployment, type Ended } from './end-deployment.ts'
import { holdAutomatically } from './hold-environment.ts'
import { wakeWaiting } from './wake.ts'
import { whyNotBack, whyQuarantined } from './way-back.ts'

/**
 * Ends a failed deployment and, where the environment says so, asks for the rollback in the same transaction; the hold
 * set with it keeps anything else from slipping in between. A rollout that could not be turned back holds it as well.
 */
export async function failDeployment(app: App, work: AtWork, reason: string): Promise<void> {
  const running = await runningNow(app, work)
  await app.store.transaction(async (tx) => {
    const ended = await endDeployment(app, tx, work, { outcome: 'failed', reason, url: null })
    if (!ended) return
    const environment = { ...ended.environment, active: null }
    const target = rollbackTarget(work, ended.facts.deployment, running)
    if (target !== null) return rollBack(app, tx, { ...ended, environment }, target)
    if (isStuck(work))
      await holdAutomatically(tx, environment, `promotion ${work.promotion.id} failed half-way: ${reason}`)
    else await tx.environments.save(environment)
    await failDrilling(app, tx, ended.facts, running)
    await wakeWaiting(tx, environment.project, environment.name)
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
function rollbackTarget(work: AtWork, deployment: Deployment, running: Inspection['release']): Digest | null {
  const { definition } = work
  if (definition['on-failure'] !== 'rollback' || goesBack(deployment.class)) return null
  const { previous, rollout } = deployment
  const turnedBack = isTurnedBack(planOf(work), rollout)
  return previous === running || (running === 'unknown' && turnedBack) ? null : previous
}

/** True when an abort did not come to its end, so that traffic may still be divided. */
function isStuck(work: AtWork): boolean {
  const { rollout } = work.deployment
  return rollout.aborting !== null && currentAction(planOf(work), rollout) !== undefined
}

function planOf({ definition, deployment }: AtWork): RolloutAction[] {
  return rolloutPlan(definition.rollout, deployment)
}

/** Whoever asked for a rollback while the deployment was failing has chosen where to; automation asks for nothing else then. A drill that still waits is given up, as for every rollback. */
async function rollBack(
  app: App,
  tx: Transaction,
  { environment, facts: { promotion, definition } }: Ended,
  target: Digest,
): Promise<void> {
  const { project, name } = environment
  const waiting = await tx.promotions.waitingIn(project, name)
  const asked = waiting.find((one) => one.class === 'rollback')
  const release = await tx.releases.get(project, asked?.release ?? target)
  const reason = `promotion ${promotion.id} failed in ${name}`
  const noWay = (await whyQuarantined(tx, release, name)) ?? (await whyNotBack(tx, release, name))
  if (noWay) {
    await holdAutomatically(tx, environment, `${reason}, and ${noWay.reason}. Instead: ${noWay.instead}`)
    return wakeWaiting(tx, project, name)
  }
  await giveUpDrill(tx, { project, environment: name }, reason)
  await holdAutomatically(tx, environment, `rolling back to ${release.version}: ${reason}`)
  if (asked) return wakeWaiting(tx, project, name)
  const by = lockflight.id
  await addPromotion(tx, { id: app.newId(), release, environment: name, definition, class: 'rollback', by, reason })
}
