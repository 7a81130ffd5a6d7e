import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ago, deployment, subject, worldOf } from '../../test/rig/gate-world.ts'
import type { Deployment } from '../core/deployment.ts'
import { digestOf } from '../core/digest.ts'
import { inWords } from '../core/duration.ts'
import type { Span } from '../core/gate.ts'
import { soak } from './soak.ts'

async function judged(deployments: Deployment[], settings: object = {}, after = ['stg'], holds: Span[] = []) {
  const about = { ...subject, after }
  const config = soak.config.parse({ for: '1h', ...settings })
  const evidence = soak.evidence.parse(
    await soak.observe(config, about, worldOf({ deployments, holds: { stg: holds } })),
  )
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

test('where it must be live still, a time that is over does not count', async () => {
  const over = since(9000, { replacedAt: ago(1000) })
  expect(await judged([over])).toMatchObject({ outcome: 'pass' })
  expect(await judged([over], { continuous: true })).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc is not live in stg',
    expected: '1h live in stg, until now',
    recheckAt: null,
  })
  expect(await judged([over, since(500)], { continuous: true })).toMatchObject({
    outcome: 'wait',
    observed: 'stg: 8m 20s',
    recheckAt: ago(-3100).toISOString(),
  })
  expect(await judged([since(3600)], { continuous: true })).toMatchObject({ outcome: 'pass' })
})

test('a release that comes back by a rollback starts anew, as something else was there between', async () => {
  const back = since(1000, { class: 'rollback' })
  expect(await judged([since(3650, { replacedAt: back.finishedAt }), back])).toMatchObject({
    outcome: 'wait',
    observed: 'stg: 44m 10s',
    recheckAt: ago(-2600).toISOString(),
  })
  const again = since(100)
  expect(await judged([{ ...back, replacedAt: again.finishedAt }, again])).toMatchObject({ observed: 'stg: 16m 40s' })
})

test('a stop ends the stay', async () => {
  expect(await judged([since(3500, { replacedAt: ago(1000) }), since(900)])).toMatchObject({
    outcome: 'wait',
    observed: 'stg: 41m 40s',
  })
})

test('something that failed and was left in place ends the stay, until the release is deployed again', async () => {
  const facts = (deployments: Deployment[], until: Date | null) => ({
    deployments,
    displaced: { stg: [{ from: ago(2000), until }] },
  })
  const look = async (given: ReturnType<typeof facts>) => {
    const about = { ...subject, after: ['stg'] }
    const config = soak.config.parse({ for: '1h' })
    const evidence = soak.evidence.parse(await soak.observe(config, about, worldOf(given)))
    return soak.judge(config, evidence, about)
  }
  expect(await look(facts([since(5000)], null))).toMatchObject({
    outcome: 'wait',
    reason: '7-ccccccc was replaced in stg after 50m of 1h',
    recheckAt: null,
  })
  const again = since(1000)
  expect(await look(facts([{ ...since(5000), replacedAt: again.finishedAt }, again], ago(1000)))).toMatchObject({
    outcome: 'wait',
    recheckAt: ago(-2600).toISOString(),
  })
})

test('time under a hold does not count, and after it the time starts anew', async () => {
  const held = (from: number, until: number | null) => [{ from: ago(from), until: until === null ? null : ago(until) }]
  const under = (holds: Span[], settings: object = {}) => judged([since(5000)], settings, ['stg'], holds)
  expect(await under(held(2000, 1000))).toMatchObject({ outcome: 'wait', observed: 'stg: 50m' })
  expect(await under(held(1000, 900))).toMatchObject({ outcome: 'pass' })
  expect(await under(held(1000, 900), { continuous: true })).toMatchObject({ outcome: 'wait', observed: 'stg: 15m' })
  expect(await under(held(6000, 5001))).toMatchObject({ outcome: 'pass' })
  expect(await under(held(2000, null))).toMatchObject({
    outcome: 'wait',
    reason: `stg is held since ${ago(2000).toISOString()}, and time there does not count`,
    unblock: 'someone with environment.hold: lockflight resume --env stg --reason …',
    recheckAt: null,
  })
  expect(await under(held(9000, null))).toMatchObject({ outcome: 'wait', observed: 'stg: 0s' })
})

test('the longest time and the one until now are those that a clock counts second by second', async () => {
  const moment = fc.integer({ min: 0, max: 60 })
  const spans = fc.array(fc.tuple(moment, moment), { maxLength: 4 }).map(apart)
  await fc.assert(
    fc.asyncProperty(spans, spans, fc.boolean(), async (stays, holds, continuous) => {
      const deployments = stays.map(([from, until]) =>
        since(60 - from, until === 60 ? {} : { replacedAt: ago(60 - until) }),
      )
      const heldTimes = holds.map(([from, until]) => ({
        from: ago(60 - from),
        until: until === 60 ? null : ago(60 - until),
      }))
      const counts = Array.from({ length: 60 }, (_, second) => isIn(stays, second) && !isIn(holds, second))
      const ended = (second: number) => [...stays, ...holds].some(([, until]) => until === second && second < 60)
      let [run, longest] = [0, 0]
      for (const [second, is] of counts.entries()) {
        run = is ? (ended(second) ? 0 : run) + 1 : 0
        longest = Math.max(longest, run)
      }
      const expected = continuous ? (heldTimes.some(({ until }) => until === null) ? 0 : run) : longest
      const { observed } = await judged(deployments, { for: '1h', continuous }, ['stg'], heldTimes)
      expect(observed).toBe(`stg: ${inWords(expected)}`)
    }),
    { numRuns: 200 },
  )
})

/** Those of the spans that have a length and do not overlap one before. */
function apart(spans: [number, number][]): [number, number][] {
  const inOrder = spans
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)])
    .toSorted((a, b) => a[0] - b[0])
  return inOrder.reduce<[number, number][]>(
    (kept, span) => (span[1] > span[0] && span[0] > (kept.at(-1)?.[1] ?? -1) ? [...kept, span] : kept),
    [],
  )
}

function isIn(spans: [number, number][], second: number): boolean {
  return spans.some(([from, until]) => from <= second && second < until)
}
