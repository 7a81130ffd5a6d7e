import { expect, test } from 'vitest'
import {
  addDeliveries,
  completedDeployment,
  countDeployment,
  dayOf,
  doraMetrics,
  noDeliveries,
  nothingDelivered,
  type CompletedDeployment,
  type DeliveredChange,
  type DeliverySums,
} from './dora.ts'

type Data = CompletedDeployment['data']

const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 23, minute)).toISOString()

/** A deployment that ended at that minute of 2026-01-31 23:00, of a release committed one minute before. */
const deployment = (minute: number, data: Partial<Data> = {}): CompletedDeployment => ({
  project: 'checkout',
  environment: 'prod',
  data: {
    class: 'standard',
    outcome: 'succeeded',
    release: `release at ${minute}`,
    previous: null,
    finishedAt: at(minute),
    committedAt: at(minute - 1),
    releaseCreatedAt: at(minute),
    ...data,
  },
})

function count(deployments: CompletedDeployment[]) {
  const days = new Map<string, DeliverySums>()
  const sumsOf = (day: string) => {
    const sums = days.get(day) ?? noDeliveries()
    days.set(day, sums)
    return sums
  }
  const books = { sumsOf, changes: new Map<string, DeliveredChange>() }
  const state = deployments.reduce((before, one) => countDeployment(before, one, books), nothingDelivered)
  const total = noDeliveries()
  for (const sums of days.values()) addDeliveries(total, sums)
  return { days, total, state }
}

test('a change is counted with the time from its commit, a failed one without', () => {
  const { total } = count([deployment(1), deployment(2, { outcome: 'failed' })])
  expect(total).toMatchObject({ deployments: 2, succeeded: 1, changes: 2, failedChanges: 1, unplanned: 0 })
  expect([...total.leadTimes]).toEqual([[60, 1]])
})

test('without a commit time the release stands in, and deploying the live release again brings no change', () => {
  const { total } = count([
    deployment(1, { release: 'same', committedAt: null, releaseCreatedAt: at(-1) }),
    deployment(5, { release: 'same', previous: 'same' }),
  ])
  expect([...total.leadTimes]).toEqual([[120, 1]])
  expect(total.changes).toBe(2)
})

test('a rollback makes the change before it a failed one, and ends the failure', () => {
  const { total, state } = count([deployment(1), deployment(4, { class: 'rollback' })])
  expect(total).toMatchObject({ deployments: 2, succeeded: 2, changes: 1, failedChanges: 1, unplanned: 1 })
  expect([...total.recoveryTimes]).toEqual([[180, 1]])
  expect(state.failingSince).toBeNull()
})

test('a failed change and the rollback after it are one failure', () => {
  const { total } = count([deployment(0), deployment(1, { outcome: 'failed' }), deployment(2, { class: 'rollback' })])
  expect(total).toMatchObject({ changes: 2, failedChanges: 1, unplanned: 1 })
  expect([...total.recoveryTimes]).toEqual([[60, 1]])
})

test('failures in a row are one outage, from the first to the next success', () => {
  const { total, state } = count([
    deployment(0),
    deployment(1, { outcome: 'failed' }),
    deployment(2, { class: 'rollback', outcome: 'failed' }),
    deployment(3, { class: 'hotfix' }),
  ])
  expect(total).toMatchObject({ deployments: 4, changes: 3, failedChanges: 1, unplanned: 2 })
  expect([...total.recoveryTimes]).toEqual([[120, 1]])
  expect(state).toEqual({ latestChange: 'release at 3', succeededAt: at(3), failingSince: null })
})

test('the release that a rollback leaves has failed, also when another change came after it', () => {
  const put = (minute: number, release: string, previous: string | null, more: Partial<Data> = {}) =>
    deployment(minute, { release, previous, ...more })
  const { days, total, state } = count([
    put(0, '1', null),
    put(1, '4', '1'),
    put(61, '5', '4', { outcome: 'failed' }),
    put(62, '4', '4', { class: 'rollback' }),
    put(67, '1', '4', { class: 'rollback' }),
    put(70, '6', '1', { class: 'hotfix' }),
  ])
  expect(total).toMatchObject({ deployments: 6, changes: 4, failedChanges: 2, unplanned: 3 })
  expect(days.get('2026-01-31')).toMatchObject({ failedChanges: 1 })
  // One minute from the failure of 5; then five, from when 4 was put back.
  expect([...total.recoveryTimes]).toEqual([
    [60, 1],
    [300, 1],
  ])
  expect(state.failingSince).toBeNull()
})

test('a change fails once, however often its release is left, and each time it is left there is something to recover from', () => {
  const put = (minute: number, release: string, previous: string | null, kind: Data['class']) =>
    deployment(minute, { release, previous, class: kind })
  const { total } = count([
    put(0, '1', null, 'standard'),
    put(1, '2', '1', 'standard'),
    put(2, '1', '2', 'rollback'),
    put(3, '2', '1', 'rollback'),
    put(4, '1', '2', 'rollback'),
  ])
  expect(total).toMatchObject({ changes: 2, failedChanges: 2 })
  expect([...total.recoveryTimes]).toEqual([[60, 3]])
})

test('only the first time that a release succeeds somewhere has a lead time', () => {
  const { total } = count([
    deployment(1, { release: '1', outcome: 'failed' }),
    deployment(2, { release: '1', committedAt: at(0) }),
    deployment(3, { release: '2', previous: '1', committedAt: at(2) }),
    deployment(40, { release: '1', previous: '2', committedAt: at(0) }),
  ])
  expect([...total.leadTimes]).toEqual([
    [120, 1],
    [60, 1],
  ])
  expect(total).toMatchObject({ changes: 4, succeeded: 3 })
})

test('a hotfix is a change too, and can itself need another', () => {
  const { total } = count([deployment(0), deployment(1, { class: 'hotfix' }), deployment(2, { class: 'hotfix' })])
  expect(total).toMatchObject({ changes: 3, failedChanges: 2, unplanned: 2 })
  expect([...total.recoveryTimes]).toEqual([[60, 2]])
})

test('drills count nowhere', () => {
  const { days, state } = count([deployment(1, { class: 'drill' })])
  expect(days.size).toBe(0)
  expect(state).toEqual(nothingDelivered)
})

test('a failure found the day after belongs to the day of the change, the recovery to its own', () => {
  const { days } = count([deployment(59), deployment(61, { class: 'rollback' })])
  expect(dayOf(at(61))).toBe('2026-02-01')
  expect(days.get('2026-01-31')).toMatchObject({ changes: 1, failedChanges: 1, recoveryTimes: new Map() })
  expect(days.get('2026-02-01')).toMatchObject({ changes: 0, failedChanges: 0, recoveryTimes: new Map([[120, 1]]) })
})

test('the five metrics follow from the sums', () => {
  const { total } = count([deployment(0), deployment(1), deployment(2), deployment(3, { class: 'rollback' })])
  expect(doraMetrics(total, 8)).toEqual({
    days: 8,
    deployments: 4,
    deploymentsPerDay: 0.5,
    changeLeadTimeSeconds: { median: 60, p90: 60 },
    recoveryTimeSeconds: { median: 60, p90: 60 },
    changeFailRate: 1 / 3,
    reworkRate: 1 / 4,
  })
})

test('nothing measured is null, never zero or perfect', () => {
  expect(doraMetrics(noDeliveries(), 30)).toEqual({
    days: 30,
    deployments: 0,
    deploymentsPerDay: 0,
    changeLeadTimeSeconds: null,
    recoveryTimeSeconds: null,
    changeFailRate: null,
    reworkRate: null,
  })
})

test('an entry that does not say what it must is no deployment', () => {
  const { data, ...place } = deployment(1)
  expect(completedDeployment.safeParse({ ...place, data: { ...data, more: 1 } }).success).toBe(true)
  expect(completedDeployment.safeParse({ ...place, data: { ...data, outcome: 'fine' } }).success).toBe(false)
  expect(completedDeployment.safeParse({ ...place, data: { ...data, finishedAt: 'today' } }).success).toBe(false)
})
