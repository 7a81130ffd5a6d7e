import { lockflight } from '../core/actor.ts'
import type { Deployment } from '../core/deployment.ts'
import { watchedBy } from '../core/evaluate.ts'
import { move } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { completed, endDeployment } from './end-deployment.ts'
import { promoteOnwards } from './promote-onwards.ts'
import type { AtWork } from './deployment-at-work.ts'
import { wakeWaiting } from './wake.ts'

/** Ends a verified deployment: `deploy.completed`, the environment free again, and the next environments asked; after a rollback the environment is held instead. */
export async function succeedDeployment(app: App, work: AtWork, url: string | null): Promise<void> {
  const { project, environment } = work.promotion
  await app.store.transaction(async (tx) => {
    const ended = await endDeployment(tx, work, { outcome: 'succeeded', reason: '', url })
    if (!ended) return
    await tx.promotions.save(move(ended.promotion, 'succeeded', '', tx.now))
    await completed(tx, work, ended)
    const isRollback = ended.promotion.class === 'rollback'
    const hold = isRollback
      ? { by: ended.promotion.requestedBy, reason: `rolled back to ${work.release.version}`, at: tx.now }
      : ended.environment.hold
    await tx.environments.save({ ...ended.environment, active: null, hold })
    if (isRollback) await recordRollback(tx, work, { left: ended.rolledBack, hold: hold?.reason ?? '' })
    else if (ended.promotion.class !== 'drill') await promoteOnwards(app, tx, work.release, environment)
    await wakeWaiting(tx, project, environment)
    await wakeFollowers(app, tx, work)
  })
}

async function recordRollback(
  tx: Transaction,
  { promotion, deployment, release }: AtWork,
  { left, hold }: { left: Deployment | null; hold: string },
): Promise<void> {
  const { project, environment, id, requestedBy, requestReason } = promotion
  const about = { project, environment, actor: lockflight.id }
  await tx.log({
    ...about,
    type: 'rollback.executed',
    subject: id,
    data: {
      promotion: id,
      attempt: deployment.attempt,
      fence: deployment.fence,
      from: left?.release ?? null,
      fromPromotion: left?.promotion ?? null,
      to: release.digest,
      version: release.version,
      requestedBy,
      reason: requestReason,
    },
  })
  await tx.log({ ...about, type: 'environment.held', subject: environment, data: { reason: hold, by: requestedBy } })
}

/** Promotions that may wait for this release to have succeeded here. */
async function wakeFollowers(app: App, tx: Transaction, { promotion }: AtWork): Promise<void> {
  const { project, environment } = promotion
  const { environments } = (await tx.revisions.current(project)).configuration
  for (const [name, definition] of Object.entries(environments)) {
    if (watchedBy(definition, app.gates).includes(environment)) await wakeWaiting(tx, project, name)
  }
}
