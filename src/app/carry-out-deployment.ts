import { setTimeout as wait } from 'node:timers/promises'
import { lockflight } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import { inWords, seconds } from '../core/duration.ts'
import { move, type Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import {
  abortedState,
  currentAction,
  deadline,
  nextState,
  rolloutPlan,
  type RolloutAction,
  type RolloutState,
} from '../core/rollout.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { deploymentAtWork, performAction, type ActionResult, type AtWork } from './deployment-at-work.ts'
import { failDeployment } from './fail-deployment.ts'
import { storeOutput } from './store-output.ts'
import { within } from './within.ts'

const pollMilliseconds = 200
/** No timer of Node waits longer than 24 days. */
const longestLookSeconds = 20 * 24 * 3600

/**
 * Makes the effects of a rollout one after the other. Where it stands is committed before each effect, so after a crash
 * the interrupted effect is repeated and no other; every effect is idempotent by promotion, attempt and position.
 */
export async function carryOutDeployment(app: App, first: AtWork, signal: AbortSignal): Promise<void> {
  let trouble = ''
  for (let work = first; ; work = await deploymentAtWork(app, first.promotion)) {
    signal.throwIfAborted()
    const { deployment, definition, at } = work
    // Another worker has taken over and come further.
    if (work.promotion.state !== 'deploying') return
    const plan = rolloutPlan(definition.rollout, deployment)
    const action = currentAction(plan, deployment.rollout)
    if (!action) return conclude(app, work)

    const result = await performInTime(app, work, { plan, action, trouble })
    await storeOutput(app, work)
    switch (result.outcome) {
      case 'done':
        await saveProgress(app, work, nextState(plan, deployment.rollout), action)
        break
      case 'failed':
        if (deployment.rollout.aborting)
          return failDeployment(
            app,
            work,
            `${deployment.rollout.aborting.reason}; aborting failed too: ${result.reason}`,
          )
        await saveProgress(app, work, abortedState(deployment.rollout, result.reason, at), null)
        break
      case 'pausing':
        return pause(app, work, result.until)
      case 'running':
        trouble = result.trouble
        await wait(pollMilliseconds, undefined, { signal })
    }
  }
}

/**
 * What is still not done when its time is up has failed, however long a single look at it would take. It is always asked
 * once, also after a long outage, and an abort is not cut off in the middle of a look.
 */
async function performInTime(
  app: App,
  work: AtWork,
  { plan, action, trouble }: { plan: RolloutAction[]; action: RolloutAction; trouble: string },
): Promise<ActionResult> {
  const { definition, deployment, at } = work
  const { startedAt, rollout } = deployment
  const limitSeconds = seconds(definition['deploy-timeout'])
  const leftSeconds = (deadline(plan, rollout, { startedAt, limitSeconds }).getTime() - at.getTime()) / 1000
  const performed = performAction(app, work, action)
  const isCut = rollout.aborting === null && leftSeconds > 0
  const done = isCut ? await within(Math.min(leftSeconds, longestLookSeconds), performed) : { value: await performed }
  const result = done?.value ?? { outcome: 'running' as const, trouble }
  if (result.outcome !== 'running' || (done && leftSeconds >= 0)) return result
  const last = result.trouble === '' ? '' : `; last trouble: ${result.trouble}`
  return { outcome: 'failed', reason: `not done within ${inWords(limitSeconds)}${last}` }
}

async function conclude(app: App, work: AtWork): Promise<void> {
  const { aborting } = work.deployment.rollout
  if (aborting) return failDeployment(app, work, aborting.reason)
  await app.store.transaction(async (tx) => {
    const { promotion, deployment } = await lockUnmoved(tx, work)
    await tx.promotions.save(move(promotion, 'verifying', '', tx.now))
    await tx.deployments.save({ ...deployment, deployedAt: tx.now })
    await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
  })
}

async function saveProgress(app: App, work: AtWork, rollout: RolloutState, done: RolloutAction | null): Promise<void> {
  await app.store.transaction(async (tx) => {
    const { promotion, deployment } = await lockUnmoved(tx, work)
    const { printed } = deployment.rollout
    await tx.deployments.save({ ...deployment, rollout: { ...rollout, ...(printed && { printed }) } })
    if (done?.do !== 'shift') return
    await tx.log({
      type: 'rollout.shifted',
      actor: lockflight.id,
      project: promotion.project,
      environment: promotion.environment,
      subject: promotion.id,
      data: {
        attempt: deployment.attempt,
        fence: deployment.fence,
        release: deployment.release,
        weights: done.weights,
      },
    })
  })
}

async function pause(app: App, work: AtWork, until: Date): Promise<void> {
  await app.store.transaction(async (tx) => {
    const { promotion, deployment } = await lockUnmoved(tx, work)
    await tx.deployments.save({ ...deployment, rollout: { ...deployment.rollout, pauseUntil: until.toISOString() } })
    await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id, at: until })
  })
}

/** Locks promotion and deployment for a write; refuses when another worker has moved them on since they were read. */
async function lockUnmoved(
  tx: Transaction,
  { promotion, deployment }: AtWork,
): Promise<{ promotion: Promotion; deployment: Deployment }> {
  const [lockedPromotion, current] = await Promise.all([
    tx.promotions.lock(promotion.id),
    tx.deployments.get(deployment.promotion, deployment.attempt),
  ])
  const { position, aborting } = deployment.rollout
  const unmoved =
    lockedPromotion.state === promotion.state &&
    current.rollout.position === position &&
    current.rollout.aborting?.reason === aborting?.reason
  if (!unmoved) throw new Refusal('conflict', `promotion ${promotion.id} was moved on by another worker`)
  return { promotion: lockedPromotion, deployment: current }
}
