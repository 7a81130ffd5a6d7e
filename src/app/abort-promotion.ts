import type { Actor } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import { abortedState, abortPlan, currentAction, rolloutPlan } from '../core/rollout.ts'
import type { App } from './app.ts'
import { workOn, type AtWork } from './deployment-at-work.ts'
import { lockPromotion } from './lock-promotion.ts'

/** Turns a running deployment back, as a check that fails would: all traffic to the live release, the new one away, and it has failed. Refuses with `conflict` where nothing can be turned back, and says what can be done instead. */
export async function abortPromotion(
  app: App,
  actor: Actor,
  { project, id, reason }: { project: string; id: string; reason: string },
): Promise<Promotion> {
  return app.store.transaction(async (tx) => {
    const promotion = await lockPromotion(app, tx, actor, { project, id }, () => 'promotion.cancel')
    if (promotion.state !== 'deploying') throw notDeploying(promotion)
    const work = await workOn(tx, promotion)
    demandWayBack(work)

    const { deployment } = work
    const { attempt, fence, release, rollout } = deployment
    await tx.deployments.save({
      ...deployment,
      rollout: abortedState(rollout, `aborted by ${actor.id}: ${reason}`, tx.now),
    })
    await tx.log({
      type: 'deploy.abort-requested',
      actor: actor.id,
      project,
      environment: promotion.environment,
      subject: id,
      data: { release, attempt, fence, candidateWeight: rollout.weight, reason },
    })
    // It may be in a pause that goes on for hours.
    await tx.enqueue({ verb: 'advance-promotion', promotion: id })
    return tx.promotions.get(project, id)
  })
}

function notDeploying({ id, environment, state, finishedAt }: Promotion): Refusal {
  const instead =
    state === 'waiting'
      ? `end it with: lockflight cancel ${id}`
      : finishedAt === null
        ? `go back with: lockflight rollback --env ${environment}`
        : 'there is nothing to abort'
  return new Refusal('conflict', `promotion ${id} is ${state}; ${instead}`)
}

/** Once the live release is being replaced, only a rollback brings it back. */
function demandWayBack({ promotion, definition, deployment }: AtWork): void {
  const { id, environment } = promotion
  const { rollout } = deployment
  if (rollout.aborting)
    throw new Refusal('conflict', `promotion ${id} is turned back already: ${rollout.aborting.reason}`)
  const plan = rolloutPlan(definition.rollout, deployment)
  if (standsBeside(plan, rollout)) return
  const instead = `when it has ended, go back with: lockflight rollback --env ${environment}`
  throw new Refusal('conflict', `promotion ${id} already replaces what ran in ${environment}; ${instead}`)
}

function standsBeside(plan: ReturnType<typeof rolloutPlan>, rollout: Deployment['rollout']): boolean {
  const action = currentAction(plan, rollout)
  const replaces = action?.do === 'deploy' && action.phase !== 'start'
  return action !== undefined && !replaces && abortPlan(plan, rollout.position).length > 0
}
