import { z } from 'zod'
import { addHistogram, observe, percentile, type Histogram } from './histogram.ts'
import { promotionClasses } from './promotion.ts'

/** What a `deploy.completed` entry says that the metrics need. */
export const completedDeployment = z.object({
  project: z.string(),
  environment: z.string(),
  data: z.object({
    class: z.enum(promotionClasses),
    outcome: z.enum(['succeeded', 'failed']),
    release: z.string(),
    previous: z.string().nullable(),
    finishedAt: z.iso.datetime(),
    /** Null when the commit's time is not known: the release's time stands in for it. */
    committedAt: z.iso.datetime().nullable(),
    releaseCreatedAt: z.iso.datetime(),
  }),
})
export type CompletedDeployment = z.output<typeof completedDeployment>

/** What the deployments of some days add up to in one environment. Drills are exercises and count nowhere. */
export interface DeliverySums {
  /** All that ended, however they did. */
  deployments: number
  succeeded: number
  /** Those that brought a change: all but rollbacks. */
  changes: number
  /** Changes that failed, or that a rollback or hotfix had to follow, or that brought a release that a rollback left. */
  failedChanges: number
  /** Rollbacks and hotfixes. */
  unplanned: number
  /** From the commit to the end of the deployment that brought it there first. */
  leadTimes: Histogram
  /** From the end of the deployment that put there what failed first, to the end of the next deployment that succeeded. */
  recoveryTimes: Histogram
}

/** What must be remembered of an environment to understand its next deployment. */
export interface DeliveryState {
  /** The release of the newest change; null when it did not succeed, or before the first. */
  latestChange: string | null
  /** When the newest deployment that succeeded ended, whatever it put there. */
  succeededAt: string | null
  failingSince: string | null
}

/** The newest change that brought a release into an environment. */
export interface DeliveredChange {
  finishedAt: string
  failed: boolean
}

/** Where an environment's deployments are counted: the sums of each day, and the changes by the release they brought. */
export interface DeliveryBooks {
  sumsOf(day: string): DeliverySums
  changes: Map<string, DeliveredChange>
}

/** The five metrics of DORA (dora.dev, January 2026) over some days; null where nothing was there to measure. */
export interface DoraMetrics {
  days: number
  deployments: number
  deploymentsPerDay: number
  changeLeadTimeSeconds: Spread | null
  recoveryTimeSeconds: Spread | null
  changeFailRate: number | null
  reworkRate: number | null
}

/** How durations are spread. */
export interface Spread {
  median: number
  p90: number
}

/** The state before the first deployment. */
export const nothingDelivered: DeliveryState = { latestChange: null, succeededAt: null, failingSince: null }

/** Nothing, to add to. */
export function noDeliveries(): DeliverySums {
  return {
    deployments: 0,
    succeeded: 0,
    changes: 0,
    failedChanges: 0,
    unplanned: 0,
    leadTimes: new Map(),
    recoveryTimes: new Map(),
  }
}

/** Adds all of the second to the first, in place. */
export function addDeliveries(sums: DeliverySums, other: DeliverySums): void {
  for (const key of ['deployments', 'succeeded', 'changes', 'failedChanges', 'unplanned'] as const) {
    sums[key] += other[key]
  }
  addHistogram(sums.leadTimes, other.leadTimes)
  addHistogram(sums.recoveryTimes, other.recoveryTimes)
}

/**
 * Counts one deployment into the days it says something about: its own, and when it is a rollback or a hotfix, the day
 * of the change that needed it. Deployments of an environment come in the log's order, and the books know the changes
 * of the latest release, of this one and of the one before it.
 */
export function countDeployment(
  state: DeliveryState,
  { data }: CompletedDeployment,
  { sumsOf, changes }: DeliveryBooks,
): DeliveryState {
  if (data.class === 'drill') return state
  const { finishedAt, release } = data
  const today = sumsOf(dayOf(finishedAt))
  const succeeded = data.outcome === 'succeeded'
  const isChange = data.class !== 'rollback'
  const isUnplanned = data.class !== 'standard'
  let { latestChange, failingSince } = state

  today.deployments += 1
  if (succeeded) today.succeeded += 1
  if (isUnplanned) today.unplanned += 1
  const left = releaseLeft(data)
  for (const brought of [isUnplanned ? latestChange : null, left]) {
    const change = brought === null ? undefined : changes.get(brought)
    if (change && !change.failed) {
      sumsOf(dayOf(change.finishedAt)).failedChanges += 1
      change.failed = true
      failingSince ??= state.succeededAt
    }
  }
  if (left !== null) failingSince ??= state.succeededAt
  if (isChange) {
    today.changes += 1
    if (!succeeded) today.failedChanges += 1
    if (!succeeded) failingSince ??= finishedAt
    latestChange = succeeded ? release : null
  }
  if (isChange && succeeded) {
    if (!changes.has(release)) {
      observe(today.leadTimes, secondsBetween(data.committedAt ?? data.releaseCreatedAt, finishedAt))
    }
    changes.set(release, { finishedAt, failed: false })
  }
  if (succeeded && failingSince !== null) {
    observe(today.recoveryTimes, secondsBetween(failingSince, finishedAt))
    failingSince = null
  }
  return { latestChange, failingSince, succeededAt: succeeded ? finishedAt : state.succeededAt }
}

/** The release that a rollback takes away; null where it takes none away, as after a deployment that never got that far. */
export function releaseLeft({
  class: kind,
  release,
  previous,
}: Pick<CompletedDeployment['data'], 'class' | 'release' | 'previous'>): string | null {
  return kind === 'rollback' && previous !== release ? previous : null
}

/** The metrics of what was summed up over that many days. */
export function doraMetrics(sums: DeliverySums, days: number): DoraMetrics {
  return {
    days,
    deployments: sums.succeeded,
    deploymentsPerDay: sums.succeeded / days,
    changeLeadTimeSeconds: spreadOf(sums.leadTimes),
    recoveryTimeSeconds: spreadOf(sums.recoveryTimes),
    changeFailRate: sums.changes > 0 ? sums.failedChanges / sums.changes : null,
    reworkRate: sums.deployments > 0 ? sums.unplanned / sums.deployments : null,
  }
}

/** The day of a moment, in UTC: `2026-01-31`. */
export function dayOf(moment: string | Date): string {
  return (typeof moment === 'string' ? new Date(moment) : moment).toISOString().slice(0, 10)
}

function spreadOf(histogram: Histogram): Spread | null {
  const median = percentile(histogram, 50)
  const p90 = percentile(histogram, 90)
  return median === null || p90 === null ? null : { median, p90 }
}

function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000
}
