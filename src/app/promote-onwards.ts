import { lockflight } from '../core/actor.ts'
import type { Configuration, EnvironmentDefinition } from '../core/configuration.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'
import { addPromotion } from './add-promotion.ts'
import type { App } from './app.ts'

/**
 * Requests the automatic promotions that a release is ready for: the first environments when `from` is null, else those
 * that come after `from` once the release has succeeded in all of their predecessors.
 */
export async function promoteOnwards(
  app: App,
  tx: Transaction,
  { release, from, configuration }: { release: Release; from: string | null; configuration: Configuration },
): Promise<void> {
  for (const [environment, definition] of followers(configuration, from)) {
    // Of two predecessors that succeed at once, the second sees the first.
    await tx.environments.lockWaiting(release.project, environment)
    if (!(await isReady(tx, release, environment, definition))) continue
    await addPromotion(tx, {
      id: app.newId(),
      release,
      environment,
      definition,
      class: 'standard',
      by: lockflight.id,
      reason: from === null ? 'the release was created' : `it succeeded in ${from}`,
    })
  }
}

function followers({ environments }: Configuration, from: string | null): [string, EnvironmentDefinition][] {
  return Object.entries(environments).filter(
    ([, { promote, after }]) => promote === 'auto' && (from === null ? after.length === 0 : after.includes(from)),
  )
}

/** Never in quarantine, never twice for one release, and never in the place of a newer one that people already see there, or that waits for it. */
async function isReady(
  tx: Transaction,
  release: Release,
  environment: string,
  { after }: EnvironmentDefinition,
): Promise<boolean> {
  if (await tx.quarantines.find(release.project, release.digest)) return false
  for (const before of after) {
    const deployments = await tx.deployments.of(release.project, before, release.digest)
    if (!deployments.some(({ outcome }) => outcome === 'succeeded')) return false
  }
  const earlier = await tx.promotions.list({ project: release.project, environment, release: release.digest, limit: 1 })
  if (earlier.length > 0) return false
  const live = await tx.deployments.live(release.project, environment)
  const waiting = await tx.promotions.waitingIn(release.project, environment)
  for (const there of [...(live ? [live] : []), ...waiting.filter((one) => one.class !== 'rollback')]) {
    if ((await tx.releases.get(release.project, there.release)).createdAt > release.createdAt) return false
  }
  return true
}
