import type { Actor } from '../core/actor.ts'
import type { Drill } from '../core/drill.ts'
import type { Environment } from '../core/environment.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import { rollbackTarget } from '../core/rollback-target.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import type { Steering } from './hold-environment.ts'
import { definitionOf } from './request-promotion.ts'
import { demandWayBack } from './way-back.ts'

/** Asks for a drill: a real rollback to the release before, after which the live one comes back. Who may roll back there may practise it, as long as all is well there and nothing else goes on. */
export async function requestDrill(app: App, actor: Actor, steering: Steering): Promise<Drill> {
  const { project, environment, reason } = steering
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'rollback.request', steering)
    const definition = await definitionOf(tx, project, environment)
    const current = await tx.environments.lock(project, environment)
    demandQuiet(current)
    await demandOnlyOne(tx, current)
    const { live, target } = await ways(tx, current)
    await demandWayBack(tx, target, environment)

    const back = app.newId()
    const drill: Drill = {
      id: app.newId(),
      project,
      environment,
      state: 'running',
      reason: '',
      release: live.digest,
      target: target.digest,
      back,
      forth: null,
      requestedBy: actor.id,
      requestReason: reason,
      startedAt: tx.now,
      finishedAt: null,
      receipt: null,
    }
    const about = { id: back, release: target, environment, definition, by: actor.id }
    await addPromotion(tx, { ...about, class: 'drill', reason: `drill: ${reason}` })
    await tx.drills.add(drill)
    await tx.log({
      type: 'drill.started',
      actor: actor.id,
      project,
      environment,
      subject: drill.id,
      data: {
        release: live.digest,
        version: live.version,
        target: target.digest,
        targetVersion: target.version,
        back,
        reason,
      },
    })
    return drill
  })
}

function demandQuiet({ name, hold, active }: Environment): void {
  const trouble = hold ? `it is held: ${hold.reason}` : active ? `promotion ${active} is being deployed there` : null
  if (trouble === null) return
  throw new Refusal('conflict', `a drill of ${name} begins where nothing else goes on, and ${trouble}`, {
    reason: 'not_quiet',
  })
}

async function demandOnlyOne(tx: Transaction, { project, name }: Environment): Promise<void> {
  const running = await tx.drills.running(project, name)
  if (!running) return
  throw new Refusal(
    'conflict',
    `drill ${running.id} of ${name} is not over yet: lockflight drills list --env ${name}`,
    {
      reason: 'drill_running',
    },
  )
}

/** What is live, and what to go back to; refuses where there is no way back, or where the last deployment went wrong. */
async function ways(tx: Transaction, { project, name }: Environment): Promise<{ live: Release; target: Release }> {
  const deployments = await tx.deployments.list({ project, environment: name, limit: 200 })
  const [newest] = deployments
  if (newest?.outcome !== 'succeeded' || newest.replacedAt !== null) {
    const found = !newest
      ? 'nothing was deployed there yet'
      : newest.replacedAt
        ? 'nothing runs there'
        : `the last deployment failed: ${newest.reason}`
    throw new Refusal('unprocessable', `a drill begins where all is well, and in ${name} ${found}`, {
      reason: 'not_healthy',
    })
  }
  const quarantined = (await tx.quarantines.list(project)).map(({ release }) => release)
  const target = rollbackTarget(deployments, quarantined)
  if (target === null) {
    throw new Refusal(
      'unprocessable',
      `there is nothing to go back to in ${name}: no earlier release was healthy there and neither rolled back from nor in quarantine`,
      {
        reason: 'no_rollback_target',
      },
    )
  }
  return { live: await tx.releases.get(project, newest.release), target: await tx.releases.get(project, target) }
}
