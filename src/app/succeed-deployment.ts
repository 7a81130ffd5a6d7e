import type { Configuration } from '../core/configuration.ts'
import { deploymentEntry } from '../core/deployment-entry.ts'
import { watchedBy } from '../core/evaluate.ts'
import { goesBack } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import { continueDrill, signDrillReceipt } from './advance-drill.ts'
import type { App } from './app.ts'
import { wantAttached } from './attach-summaries.ts'
import { endDeployment, type Ended } from './end-deployment.ts'
import { holdAutomatically } from './hold-environment.ts'
import { promoteOnwards } from './promote-onwards.ts'
import { signSummary } from './sign-summary.ts'
import type { AtWork } from './deployment-at-work.ts'
import { wakeWaiting } from './wake.ts'

/** Ends a verified deployment: `deploy.completed` with the signed summary, the environment free again, and the next environments asked; after a rollback the environment is held instead. */
export async function succeedDeployment(app: App, work: AtWork, url: string | null): Promise<void> {
  const { project, environment } = work.promotion
  const [receipt, summary] = await Promise.all([signDrillReceipt(app, work), signSummary(app, work)])
  await app.store.transaction(async (tx) => {
    const ended = await endDeployment(app, tx, work, {
      outcome: 'succeeded',
      reason: '',
      url,
      summary: summary?.digest,
    })
    if (!ended) return
    if (work.promotion.class === 'rollback') await recordRollback(tx, ended)
    else await tx.environments.save({ ...ended.environment, active: null })
    if (work.promotion.class === 'drill') await continueDrill(app, tx, ended.facts, receipt)
    const { configuration } = await tx.revisions.current(project)
    if (summary) {
      await tx.attestations.add(project, { ...summary, createdAt: tx.now })
      await wantAttached(tx, work, { summary, registries: configuration.registries })
    }
    if (!goesBack(work.promotion.class)) {
      await promoteOnwards(app, tx, { release: work.release, from: environment, configuration })
    }
    await wakeWaiting(tx, project, environment)
    await wakeFollowers(app, tx, work, configuration)
  })
}

async function recordRollback(tx: Transaction, { facts, environment, rolledBack }: Ended): Promise<void> {
  const { promotion, release } = facts
  const told = {
    from: rolledBack?.release ?? null,
    fromPromotion: rolledBack?.promotion ?? null,
    to: release.digest,
    reason: promotion.requestReason,
  }
  await tx.log(deploymentEntry('rollback.executed', facts, told))
  await holdAutomatically(tx, { ...environment, active: null }, `rolled back to ${release.version}`)
}

/** Promotions that may wait for this release to have succeeded here. */
async function wakeFollowers(
  app: App,
  tx: Transaction,
  { promotion: { project, environment } }: AtWork,
  { environments }: Configuration,
): Promise<void> {
  for (const [name, definition] of Object.entries(environments)) {
    if (watchedBy(definition, app.gates).includes(environment)) await wakeWaiting(tx, project, name)
  }
}
