import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { doraFromEntries, type OracleRow } from '../../test/rig/dora-oracle.ts'
import { entryNumber } from '../../test/rig/entries.ts'
import { freshLog } from '../../test/rig/log.ts'
import { doraMetrics, noDeliveries, type DoraMetrics } from '../core/dora.ts'
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
  tookSeconds: fc.integer({ min: 0, max: 300_000 }),
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

type Middle = OracleRow['lead_median']
const between = ([below, above]: Middle) =>
  below === null || above === null ? null : (bucketOf(below) + bucketOf(above)) / 2

/** What the oracle says, in the words of the metrics; ratios last, so that the counts are compared as well. */
function expected(row: OracleRow): Partial<DoraMetrics> {
  const spread = (middle: Middle, most: Middle) => {
    const [median, p90] = [between(middle), between(most)]
    return median === null || p90 === null ? null : { median, p90 }
  }
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
      fc.integer({ min: 0, max: 80 }),
      async (logged, batch, day) => {
        // A project of its own for each run: a database would take longer than all the rest.
        const project = `project-${(runs += 1)}`
        await log.add(...logged.map((entry) => ({ ...entry, project, id: `${project}-${entry.id}` })))
        await log.sequenceAll(batch)
        const from = time(day * 86_400).slice(0, 10)
        const rows = (await doraFromEntries(log.pool, from)).filter((row) => row.project === project)
        for (const environment of ['stg', 'prod']) {
          const sums = await entries(log.pool).deliveries(from, { project, environment })
          const row = rows.find((one) => one.environment === environment)
          expect(sums.deployments).toBe(row?.deployments ?? 0)
          expect(doraMetrics(sums, 30)).toMatchObject(row ? expected(row) : {})
        }
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
  expect(await entries(log.pool).deliveries('2000-01-01', { project: 'checkout', environment: 'prod' })).toEqual(
    noDeliveries(),
  )
})

test('a sum begins at any day of a month, and holds one environment', async () => {
  await using log = await freshLog()
  const days = ['2025-12-31', '2026-01-01', '2026-01-30', '2026-01-31', '2026-02-01', '2026-03-15']
  const completed = (day: string, environment: string) =>
    entryNumber(0, {
      id: `${environment}-${day}`,
      type: 'deploy.completed',
      environment,
      data: {
        class: 'standard',
        outcome: 'succeeded',
        release: 'a',
        previous: null,
        finishedAt: `${day}T12:00:00.000Z`,
        committedAt: null,
        releaseCreatedAt: `${day}T11:00:00.000Z`,
      },
    })
  await log.add(...days.map((day) => completed(day, 'prod')), completed('2026-01-31', 'stg'))
  await log.sequenceAll(2)
  const since = async (from: string, environment = 'prod') =>
    (await entries(log.pool).deliveries(from, { project: 'checkout', environment })).deployments
  expect(await Promise.all(days.map((day) => since(day)))).toEqual([6, 5, 4, 3, 2, 1])
  expect(await since('2026-01-02')).toBe(4)
  expect(await since('2026-02-02')).toBe(1)
  expect(await since('2026-03-16')).toBe(0)
  expect(await since('2000-01-01')).toBe(6)
  expect(await since('2026-01-31', 'stg')).toBe(1)
  expect(await since('2026-01-31', 'dev')).toBe(0)
})
