import { crossedChanges, crossedText } from '../core/one-way.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'

/** Why this release cannot come back to an environment where it was, and what to do instead; null when it can. */
export async function whyNotBack(
  tx: Transaction,
  release: Release,
  environment: string,
): Promise<ReturnType<typeof crossedText> | null> {
  const { project, digest, version } = release
  const deployments = await tx.deployments.oneWay(project, environment)
  if (deployments.length === 0) return null
  const healthy = (await tx.deployments.of(project, environment, digest)).find(({ outcome }) => outcome === 'succeeded')
  const crossed = crossedChanges(release, { healthyFence: healthy?.fence ?? 0, deployments })
  return crossed.length > 0 ? crossedText(crossed, { version, environment }) : null
}

/** Why a release that must not run cannot come back by itself, and what to do instead; null when it can. */
export async function whyQuarantined(
  tx: Transaction,
  { project, digest, version }: Release,
  environment: string,
): Promise<ReturnType<typeof crossedText> | null> {
  const quarantine = await tx.quarantines.find(project, digest)
  if (!quarantine) return null
  return {
    reason: `${version}, which was there before, is in quarantine: ${quarantine.reason}`,
    instead: `lockflight rollback --env ${environment} --to …`,
  }
}

/** Refuses to bring a release back across a change that it cannot live with. */
export async function demandWayBack(tx: Transaction, release: Release, environment: string): Promise<void> {
  const why = await whyNotBack(tx, release, environment)
  if (!why) return
  throw new Refusal('unprocessable', `${why.reason}. Instead: ${why.instead}`, { reason: 'one_way_change' })
}
