import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import { rollbackTarget } from '../core/rollback-target.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import { giveUpDrill } from './advance-drill.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { definitionOf } from './request-promotion.ts'
import { demandWayBack } from './way-back.ts'

/** Asks for an earlier release to be put back; refuses one that was never healthy in this environment (I20, A36), or that could not live with what was changed since. */
export async function requestRollback(
  app: App,
  actor: Actor,
  { project, environment, to, reason }: { project: string; environment: string; to?: string; reason: string },
): Promise<Promotion> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'rollback.request', { project, environment })
    const definition = await definitionOf(tx, project, environment)
    const release =
      to === undefined
        ? await tx.releases.get(project, await lastGood(tx, project, environment))
        : await tx.releases.find(project, to)
    await demandHealthyBefore(tx, environment, release)
    await demandWayBack(tx, release, environment)
    await giveUpDrill(tx, { project, environment }, 'a rollback was asked for')
    await demandNoQuarantine(tx, release)
    return addPromotion(tx, {
      id: app.newId(),
      release,
      environment,
      definition,
      class: 'rollback',
      by: actor.id,
      reason,
    })
  })
}

async function lastGood(tx: Transaction, project: string, environment: string): Promise<Digest> {
  const barred = (await tx.quarantines.list(project)).map(({ release }) => release)
  const target = rollbackTarget(await tx.deployments.list({ project, environment, limit: 200 }), barred)
  if (target !== null) return target
  throw new Refusal(
    'unprocessable',
    `there is nothing to roll back to in ${environment}: no earlier release was healthy there and neither rolled back from nor in quarantine; lockflight deployments --env ${environment} lists what --to can name`,
    {
      reason: 'no_rollback_target',
    },
  )
}

async function demandHealthyBefore(
  tx: Transaction,
  environment: string,
  { project, digest, version }: Release,
): Promise<void> {
  const deployments = await tx.deployments.of(project, environment, digest)
  if (deployments.some(({ outcome }) => outcome === 'succeeded')) return
  throw new Refusal(
    'unprocessable',
    `release ${version} was never healthy in ${environment}; a rollback goes only to one that was: lockflight deployments --env ${environment}`,
    { reason: 'never_healthy_here' },
  )
}

async function demandNoQuarantine(tx: Transaction, { project, digest, version }: Release): Promise<void> {
  const quarantine = await tx.quarantines.find(project, digest)
  if (!quarantine) return
  throw new Refusal(
    'unprocessable',
    `release ${version} is in quarantine: ${quarantine.reason}; choose another one: lockflight rollback --to …`,
    { reason: 'quarantined' },
  )
}
