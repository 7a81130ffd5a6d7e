import * as fc from 'fast-check'
import type { Pool } from 'pg'
import { expect, test } from 'vitest'
import { doraFromEntries, type OracleRow } from '../../test/rig/dora-oracle.ts'
import { entryNumber } from '../../test/rig/entries.ts'
import { freshLog } from '../../test/rig/log.ts'
import { addDeliveries, doraMetrics, noDeliveries, type DeliverySums, type DoraMetrics } from '../core/dora.ts'
import { bucketOf } from '../core/histogram.ts'
import { promotionClasses } from '../core/promotion.ts'
import { entries } from './entries.ts'

const start = Date.UTC(2026, 0, 30)
const time = (seconds: number) => new Date(start + seconds * 1000).toISOString()

const aDeployment = fc.record({
  environment: fc.constantFrom('stg', 'prod'),
  class: fc.constantFrom(...promotionClasses, 'standard' as const),
  outcome: fc.constantFrom('succeeded', 'succeeded', 'failed'),
  release: fc.constantFrom('a', 'b', 'c'),
  previous: fc.constantFrom('a', 'b', null),
  tookSeconds: fc.integer({ min: 0, max: 40_000 }),
  leadSeconds: fc.integer({ min: 0, max: 9_000_000 }),
  knowsCommit: fc.boolean(),
})

const someDeployments = fc.array(aDeployment, { minLength: 1, maxLength: 60 }).map((drawn) => {
  let clock = 0
  return drawn.map(({ environment, tookSeconds, leadSeconds, knowsCommit, ...data }, number) => {
    clock += tookSeconds
    const origin = time(clock - leadSeconds)
    return entryNumber(number, {
      type: 'deploy.completed',
      environment,
      data: {
        ...data,
        finishedAt: time(clock),
        committedAt: knowsCommit ? origin : null,
        releaseCreatedAt: knowsCommit ? time(clock) : origin,
      },
    })
  })
})

const daysOf = async (pool: Pool, project: string, from: string) =>
  (await entries(pool).deliveryDays(from)).filter((day) => day.project === project)

const rounded = (seconds: number | null) => seconds && bucketOf(seconds)

/** What the oracle says, in the words of the metrics; ratios last, so that the counts are compared as well. */
function expected(row: OracleRow): Partial<DoraMetrics> {
  const spread = (median: number | null, p90: number | null) =>
    median === null ? null : { median: rounded(median)!, p90: rounded(p90)! }
  return {
    deployments: row.succeeded,
    changeLeadTimeSeconds: spread(row.lead_median, row.lead_p90),
    recoveryTimeSeconds: spread(row.recovery_median, row.recovery_p90),
    changeFailRate: row.changes > 0 ? row.failed_changes / row.changes : null,
    reworkRate: row.unplanned / row.deployments,
  }
}

test('I17 the daily sums give what the entries give, however the batches fell and from whatever day on', async () => {
  await using log = await freshLog()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      someDeployments,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 12 }),
      async (logged, batch, day) => {
        // A project of its own for each run: a database would take longer than all the rest.
        const project = `project-${(runs += 1)}`
        await log.add(...logged.map((entry) => ({ ...entry, project, id: `${project}-${entry.id}` })))
        await log.sequenceAll(batch)
        const from = time(day * 86_400).slice(0, 10)
        const sums = new Map<string, DeliverySums>()
        for (const { environment, ...kept } of await daysOf(log.pool, project, from)) {
          const sum = sums.get(environment) ?? noDeliveries()
          addDeliveries(sum, kept.sums)
          sums.set(environment, sum)
        }
        const rows = (await doraFromEntries(log.pool, from)).filter((row) => row.project === project)
        const withDeployments = [...sums]
          .filter(([, { deployments }]) => deployments > 0)
          .map(([environment]) => environment)
        expect(withDeployments).toEqual(rows.map(({ environment }) => environment))
        for (const row of rows) expect(doraMetrics(sums.get(row.environment)!, 30)).toMatchObject(expected(row))
      },
    ),
    { numRuns: 40 },
  )
})

test('an entry that says nothing usable about a deployment stops nothing and counts nowhere', async () => {
  await using log = await freshLog()
  await log.add(
    entryNumber(0, { type: 'deploy.completed', data: {} }),
    entryNumber(1, { type: 'deploy.completed', data: { outcome: 'succeeded', class: 'unknown' } }),
    entryNumber(2, { type: 'deploy.completed', environment: null }),
  )
  expect(await log.sequenceAll()).toMatchObject({ size: 3 })
  expect(await entries(log.pool).deliveryDays('2000-01-01')).toEqual([])
})

test('only the days and the environment asked for are read, oldest first', async () => {
  await using log = await freshLog()
  const completed = (number: number, project: string) =>
    entryNumber(number, {
      id: `${project}-${number}`,
      type: 'deploy.completed',
      project,
      data: {
        class: 'standard',
        outcome: 'succeeded',
        release: 'a',
        previous: null,
        finishedAt: time(number * 86_400),
        committedAt: null,
        releaseCreatedAt: time(0),
      },
    })
  await log.add(completed(2, 'a'), completed(1, 'a'), completed(0, 'a'), completed(2, 'b'))
  await log.sequenceAll()
  const days = async (from: string, place?: { project: string; environment: string }) =>
    (await entries(log.pool).deliveryDays(from, place)).map(({ project, day }) => `${project} ${day}`)
  expect(await days('2026-01-31')).toEqual(['a 2026-01-31', 'a 2026-02-01', 'b 2026-02-01'])
  expect(await days('2026-01-30', { project: 'a', environment: 'prod' })).toHaveLength(3)
  expect(await days('2026-01-30', { project: 'a', environment: 'stg' })).toEqual([])
})
