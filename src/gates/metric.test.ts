import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, startFaultServer } from '../../test/rig/fault-server.ts'
import { deployment, release, subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { startPrometheus } from '../../test/rig/prometheus.ts'
import { digestOf } from '../core/digest.ts'
import { judgeAgain } from '../core/evaluate.ts'
import type { Subject } from '../core/gate.ts'
import { metric } from './metric.ts'

const old = {
  ...release,
  digest: digestOf('old'),
  version: '6-old',
  source: { ...release.source, commit: 'd'.repeat(40) },
}
const live = { deployments: [deployment({ environment: 'prod', release: old.digest })], releases: [old] }

let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let broken: Awaited<ReturnType<typeof startFaultServer>>
beforeAll(async () => {
  const recent = (value: number | string): [number, number | string][] => [
    [60, value],
    [0, value],
  ]
  prometheus = await startPrometheus([
    { name: 'latency', labels: { version: release.version }, samples: recent(0.42) },
    { name: 'latency', labels: { version: old.version }, samples: recent(0.4) },
    { name: 'nothing', labels: {}, samples: recent('NaN') },
    { name: 'endless', labels: {}, samples: recent('+Inf') },
    { name: 'late', labels: {}, samples: [[200, 1]] },
  ])
  broken = await startFaultServer()
})
afterAll(() => Promise.all([prometheus.stop(), broken.stop()]))

async function judged(settings: object, facts: Facts = {}, about: Partial<Subject> = {}) {
  const config = metric.config.parse({ prometheus: prometheus.url, query: 'vector(1)', is: '<', than: 2, ...settings })
  const asked = { ...subject, ...about }
  const seen = await metric.observe(config, asked, { ...worldOf(facts), timeoutSeconds: 5 })
  const evidence: unknown = JSON.parse(JSON.stringify(metric.evidence.parse(seen)))
  return judgeAgain(metric, { config, evidence, subject: { ...asked, at: new Date() } })
}

test('a number compares with a bound, and the verdict shows both and where to look', async () => {
  const query = 'latency{version="{{version}}"}'
  expect(await judged({ query, than: 0.5 })).toMatchObject({
    outcome: 'pass',
    reason: 'the value is 0.42; it must be < 0.5',
    expected: '< 0.5',
    observed: '0.42',
    recheckAt: null,
  })
  const failed = await judged({
    query,
    than: 0.42,
    dashboard: 'https://grafana.example/d/shop?var-release={{version}}&at={{environment}}',
    runbook: 'https://runbooks.example/latency',
  })
  expect(failed).toMatchObject({ outcome: 'fail', expected: '< 0.42', recheckAt: expect.any(String) })
  expect(failed.links).toEqual([
    {
      title: 'the query in Prometheus',
      url: `${prometheus.url}/graph?g0.expr=latency%7Bversion%3D%227-ccccccc%22%7D&g0.tab=0&g0.range_input=6h`,
    },
    { title: 'dashboard', url: 'https://grafana.example/d/shop?var-release=7-ccccccc&at=prod' },
    { title: 'runbook', url: 'https://runbooks.example/latency' },
  ])
})

test.each([
  ['<', 'fail', 'fail', 'pass'],
  ['<=', 'fail', 'pass', 'pass'],
  ['>', 'pass', 'fail', 'fail'],
  ['>=', 'pass', 'pass', 'fail'],
])('%s is what it says', async (is, below, equal, above) => {
  for (const [than, outcome] of [
    [0.9, below],
    [1, equal],
    [1.1, above],
  ] as const) {
    expect(await judged({ query: 'scalar(vector(1))', is, than }), `${than}`).toMatchObject({ outcome })
  }
})

test('it compares with the release that runs there, and can ask about both at once', async () => {
  const query = 'latency{version="{{version}}"}'
  expect(await judged({ query, is: '<=', than: 'running' }, live)).toMatchObject({
    outcome: 'fail',
    expected: '<= 6-old, which runs there',
    observed: '0.42; 0.4 for the release that runs there',
  })
  expect(await judged({ query, is: '<=', than: 'running', times: 1.1 }, live)).toMatchObject({
    outcome: 'pass',
    reason: 'the value is 0.42; it must be <= 0.44',
    expected: '<= 1.1 × 6-old, which runs there',
  })
  const both = 'scalar(latency{version="{{version}}"}) / scalar(latency{version="{{running-version}}"})'
  expect(await judged({ query: both, than: 1.1 }, live)).toMatchObject({ outcome: 'pass', observed: '1.05' })
})

test('before the first deployment there is nothing to compare with, which is no pass unless the policy says so', async () => {
  for (const given of [{ than: 'running' }, { query: 'latency{version="{{running-version}}"}' }]) {
    expect(await judged(given)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('nothing runs'),
    })
    expect(await judged({ ...given, 'nothing-running': 'pass' })).toMatchObject({ outcome: 'pass' })
  }
})

test('A16 A20 a version cannot become PromQL', async () => {
  for (const version of ['x"} or vector(1) or up{a="', '.*', '7-cccccc.', '\\', `'`, '{{running}}']) {
    for (const query of [
      'latency{version="{{version}}"}',
      'latency{version=~"{{version}}"}',
      `latency{version='{{version}}'}`,
    ]) {
      const verdict = await judged({ query }, {}, { release: { ...release, version } })
      expect(verdict, `${version} in ${query}`).toMatchObject({
        outcome: 'inconclusive',
        reason: expect.stringContaining('no data'),
      })
    }
  }
})

test('what was seen is not judged by another query, nor for another release', async () => {
  const config = metric.config.parse({
    prometheus: prometheus.url,
    query: 'latency{version="{{version}}"}',
    is: '<',
    than: 1,
  })
  const seen = await metric.observe(config, subject, { ...worldOf({}), timeoutSeconds: 5 })
  const at = new Date()
  expect(metric.judge(config, seen, { ...subject, at })).toMatchObject({ outcome: 'pass' })
  const others = [
    metric.judge({ ...config, query: 'vector(0)' }, seen, { ...subject, at }),
    metric.judge({ ...config, newest: 'up' }, seen, { ...subject, at }),
    metric.judge(
      { ...config, than: 'running' },
      { ...seen, running: { release: 'a', version: 'b', commit: 'c' } },
      { ...subject, at },
    ),
    metric.judge(config, seen, { ...subject, at, release: { ...release, version: '8' } }),
  ]
  for (const other of others)
    expect(other).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('another query') })
})

test('several series are an error unless the policy says what to make of them', async () => {
  expect(await judged({ query: 'latency', than: 1 })).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('the query found 2 series'),
  })
  const observed = async (aggregate: string) => (await judged({ query: 'latency', than: 1, aggregate })).observed
  expect(await Promise.all(['max', 'min', 'avg', 'sum'].map(observed))).toEqual(['0.42', '0.4', '0.41', '0.82'])
})

test('A32 no data, NaN, infinity and stale samples are inconclusive, whichever way the number must compare', async () => {
  for (const is of ['<', '>', '<=', '>=']) {
    for (const query of ['absent_metric', 'nothing', 'endless', '0 * vector(1) / 0', '-1 / vector(0)']) {
      expect((await judged({ query, is, than: 1 })).outcome, `${query} ${is}`).toBe('inconclusive')
    }
  }
  expect(await judged({ query: 'late', newest: 'late', 'max-age': '1m' })).toMatchObject({
    outcome: 'inconclusive',
    reason: expect.stringContaining('stale: the newest sample is 3m'),
  })
  expect(await judged({ query: 'late', newest: 'late', 'max-age': '10m' })).toMatchObject({ outcome: 'pass' })
  expect(await judged({ newest: 'absent_metric' })).toMatchObject({ outcome: 'inconclusive' })
})

test('A32 a query that is not PromQL is an error with the words of Prometheus', async () => {
  expect(await judged({ query: 'sum(' })).toMatchObject({
    outcome: 'error',
    reason: expect.stringMatching(/^Prometheus refused the query: bad_data: .*parse error/),
    unblock: 'whoever runs Prometheus',
  })
  expect(await judged({ query: '"text"' })).toMatchObject({ outcome: 'error' })
  expect(await judged({ query: 'latency[5m]' })).toMatchObject({ outcome: 'error' })
})

describe('A32', () => {
  test.each(Object.keys(faults))('%s is an error', async (fault) => {
    broken.answer(faults[fault]!)
    const facts = { timeoutSeconds: 0.5 }
    const config = metric.config.parse({ prometheus: broken.url, query: 'up', is: '>=', than: 0 })
    const seen = await metric.observe(config, subject, { ...worldOf({}), ...facts })
    expect(metric.judge(config, seen, { ...subject, at: new Date() })).toMatchObject({ outcome: 'error' })
  })

  test('a source that is down is an error', async () => {
    const gone = await startFaultServer()
    await gone.stop()
    expect(await judged({ prometheus: gone.url })).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('A31 warnings, partial answers and another clock are inconclusive', async () => {
    const answer = (beside: object, at = Date.now() / 1000) => ({
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: {}, value: [at, '1'] }] },
      ...beside,
    })
    const withAnswer = async (body: unknown) => {
      broken.answerJson(body)
      return judged({ prometheus: broken.url })
    }
    expect(await withAnswer(answer({ infos: ['metric might not be a counter'] }))).toMatchObject({ outcome: 'pass' })
    expect(await withAnswer(answer({ warnings: ['store 10.0.0.3 is down'] }))).toMatchObject({
      outcome: 'inconclusive',
    })
    expect(await withAnswer(answer({ isPartial: true }))).toMatchObject({ outcome: 'inconclusive' })
    expect(await withAnswer(answer({}, Date.now() / 1000 - 300))).toMatchObject({ outcome: 'inconclusive' })
    expect(await withAnswer({ ...answer({}), status: 'error' })).toMatchObject({ outcome: 'error' })
  })

  test('A15 whatever JSON comes as an answer, nothing but one finite number of now can pass', async () => {
    const config = metric.config.parse({ prometheus: 'http://p', query: 'x', is: '>=', than: -1e300 })
    const outcomeOf = async (body: string) => {
      const http = async () => ({ status: 200, type: 'application/json', headers: {}, body: Buffer.from(body) })
      const seen = await metric.observe(config, subject, { ...worldOf({ http }), timeoutSeconds: 1 })
      return metric.judge(config, seen, subject).outcome
    }
    const value = fc.oneof(fc.constantFrom('NaN', '+Inf', '-Inf', '', '1e999'), fc.string(), fc.jsonValue())
    const time = fc.oneof(fc.constant(subject.at.getTime() / 1000), fc.integer(), fc.jsonValue())
    const items = fc.array(fc.record({ metric: fc.jsonValue(), value: fc.tuple(time, value) }), { maxLength: 3 })
    const data = fc.record({ resultType: fc.constantFrom('vector', 'matrix', 'string', 'scalar'), result: items })
    const answer = fc.record({ status: fc.constantFrom('success', 'error'), data: fc.oneof(data, fc.jsonValue()) })
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), answer), async (given) => {
        const text = JSON.stringify(given)
        const isNumber = /"value":\[[0-9.e+]+,"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"\]/.test(text)
        expect(isNumber || (await outcomeOf(text)) !== 'pass').toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('a value that is no number is an error', async () => {
    for (const value of ['', 'pass', '0x1', '1e', ' 1', 1, null, '1_0']) {
      broken.answerJson({ status: 'success', data: { resultType: 'scalar', result: [Date.now() / 1000, value] } })
      expect((await judged({ prometheus: broken.url })).outcome, String(value)).toBe('error')
    }
  })
})

test.each([
  { prometheus: 'ftp://prometheus' },
  { prometheus: 'http://ann:pw@prometheus' },
  { prometheus: 'http://127.1' },
  { query: 'up{a={{release}}}' },
  { query: 'up{a="{{relase}}"}' },
  { query: '' },
  { is: '==' },
  { than: 'live' },
  { times: 0 },
  { runbook: 'javascript:alert(1)' },
  { dashboard: 'https://grafana.example/{{realese}}' },
  { 'secret-headers': { 'a b': 'TOKEN' } },
])('A22 the settings %j are refused', (wrong) => {
  const right = { prometheus: 'http://prometheus:9090', query: 'up', is: '<', than: 1 }
  expect(metric.config.safeParse(right).success).toBe(true)
  expect(metric.config.safeParse({ ...right, ...wrong }).success).toBe(false)
})
