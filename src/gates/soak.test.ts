import { expect, test } from 'vitest'
import { ago, deployment, subject, worldOf } from '../../test/rig/gate-world.ts'
import type { Deployment } from '../core/deployment.ts'
import { digestOf } from '../core/digest.ts'
import { soak } from './soak.ts'

async function judged(deployments: Deployment[], settings: object = {}, after = ['stg']) {
  const about = { ...subject, after }
  const config = soak.config.parse({ for: '1h', ...settings })
  const evidence = soak.evidence.parse(await soak.observe(config, about, worldOf({ deployments })))
  return soak.judge(config, evidence, about)
}
const since = (seconds: number, given: Partial<Deployment> = {}) =>
  deployment({ startedAt: ago(seconds + 10), finishedAt: ago(seconds), ...given })

test('a release that was live long enough passes, one second less waits until then', async () => {
  expect(await judged([since(3600)])).toMatchObject({ outcome: 'pass', reason: 'live in stg for 1h' })
  expect(await judged([since(3599)])).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc has been live in stg for 59m 59s of 1h',
    expected: '1h live in stg',
    observed: 'stg: 59m 59s',
    unblock: 'time: it is enough at 2026-11-23T12:00:01.000Z',
    recheckAt: '2026-11-23T12:00:01.000Z',
  })
})

test('when another release takes its place the time starts anew', async () => {
  const first = since(5000, { replacedAt: ago(3000) })
  expect(await judged([first])).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc was replaced in stg after 33m 20s of 1h',
    recheckAt: null,
    unblock: expect.stringContaining('lockflight promote 7-ccccccc --to stg'),
  })
  expect(await judged([first, since(2000)])).toMatchObject({
    outcome: 'wait',
    observed: 'stg: 33m 20s',
    recheckAt: ago(-1600).toISOString(),
  })
})

test('a stay that was long enough counts, even when it is over', async () => {
  expect(await judged([since(9000, { replacedAt: ago(5000) })])).toMatchObject({ outcome: 'pass' })
})

test('deploying the same release again does not interrupt its stay', async () => {
  const [older, newer] = [since(3650), since(100)]
  expect(await judged([{ ...older, replacedAt: newer.finishedAt }, newer])).toMatchObject({ outcome: 'pass' })
  expect(await judged([older, newer])).toMatchObject({ outcome: 'pass' })
})

test('a deployment that failed or still runs is no stay', async () => {
  expect(
    await judged([since(9000, { outcome: 'failed' }), since(9000, { outcome: 'running', finishedAt: null })]),
  ).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc is not live in stg',
  })
})

test('the time of another release does not count', async () => {
  expect(await judged([since(9000, { release: digestOf('other') })])).toMatchObject({ outcome: 'wait' })
})

test('it soaks in every environment before, or in the ones that are named', async () => {
  const deployments = [since(9000), since(1000, { environment: 'eu' })]
  expect(await judged(deployments, {}, ['stg', 'eu'])).toMatchObject({
    outcome: 'wait',
    observed: 'stg: 2h 30m, eu: 16m 40s',
    recheckAt: ago(-2600).toISOString(),
  })
  expect(await judged(deployments, { in: ['stg'] }, ['stg', 'eu'])).toMatchObject({ outcome: 'pass' })
  expect(await judged(deployments, {}, [])).toMatchObject({ outcome: 'inconclusive' })
})

test('a clock that went back makes no time', async () => {
  expect(await judged([since(-100)], { for: '1s' })).toMatchObject({ outcome: 'wait', observed: 'stg: 0s' })
})

test('no time at all, and more than a year, are refused', () => {
  for (const time of ['0s', '0d', '367d', '999999999w', 'soon']) {
    expect(soak.config.safeParse({ for: time }).success, time).toBe(false)
  }
})
