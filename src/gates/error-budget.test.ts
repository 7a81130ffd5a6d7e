import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { faults, startFaultServer } from '../../test/rig/fault-server.ts'
import { subject, worldOf } from '../../test/rig/gate-world.ts'
import { counter, startPrometheus, type Series } from '../../test/rig/prometheus.ts'
import { judgeAgain } from '../core/evaluate.ts'
import type { PromotionClass } from '../core/promotion.ts'
import { errorBudget } from './error-budget.ts'

const [minute, hour, day] = [60, 3600, 86_400]

/** Requests of a service a minute: a thousand good ones, and as many bad ones as are given for an age in seconds. */
function traffic(job: string, bad: (ago: number) => number): Series[] {
  return [
    counter('requests_total', { job, code: '200' }, () => 1000),
    counter('requests_total', { job, code: '500' }, bad),
  ]
}

function recorded(name: string, labels: Record<string, string>, value: number | string): Series {
  return { name, labels, samples: [minute, 0].map((ago) => [ago, value]) }
}

const slothWindows = ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d']
const sloth = (id: string, share: number | string, windows = slothWindows) =>
  windows.map((window) => recorded(`slo:sli_error:ratio_rate${window}`, { sloth_id: id, sloth_window: window }, share))
const pyrra = (slo: string, share: number) => [
  recorded('pyrra_objective', { slo }, 0.999),
  recorded('pyrra_availability', { slo }, 1 - share),
  ...['5m', '30m', '1h', '2h', '6h', '1d', '4d'].map((window) =>
    recorded(`requests:burnrate${window}`, { slo }, share),
  ),
]

let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let broken: Awaited<ReturnType<typeof startFaultServer>>
beforeAll(async () => {
  prometheus = await startPrometheus([
    ...traffic('fine', () => 0.1),
    ...traffic('spent', (ago) => (ago > 10 * day && ago < 11 * day ? 500 : 0)),
    ...traffic('burning', (ago) => (ago < 20 * minute ? 1000 : 0)),
    counter('requests_total', { job: 'idle', code: '200' }, (ago) => (ago > 2 * hour ? 1000 : 0)),
    counter('requests_total', { job: 'idle', code: '500' }, () => 0),
    counter('requests_total', { job: 'new', code: '200' }, () => 1000),
    {
      name: 'requests_total',
      labels: { job: 'dead', code: '200' },
      samples: [
        [7 * minute, 10],
        [6 * minute, 20],
      ],
    },
    ...sloth('shop-fine', 0.0001),
    ...sloth('shop-burning', 0.02),
    ...sloth('shop-idle', 'NaN'),
    ...sloth('shop-half', 0.0001, ['5m', '1h']),
    ...pyrra('shop-fine', 0.0001),
    ...pyrra('shop-spent', 0.0015),
  ])
  broken = await startFaultServer()
})
afterAll(() => Promise.all([prometheus.stop(), broken.stop()]))

const queries = (job: string) => ({
  good: `sum(increase(requests_total{job="${job}",code!~"5.."}[{{window}}]))`,
  total: `sum(increase(requests_total{job="${job}"}[{{window}}]))`,
})

async function seenBy(
  settings: object,
  {
    promotionClass = 'standard',
    timeoutSeconds = 20,
  }: { promotionClass?: PromotionClass; timeoutSeconds?: number } = {},
) {
  const config = errorBudget.config.parse({ prometheus: prometheus.url, objective: 0.999, window: '30d', ...settings })
  const about = { ...subject, promotion: { ...subject.promotion, class: promotionClass } }
  const seen = await errorBudget.observe(config, about, { ...worldOf({}), timeoutSeconds })
  return { config, evidence: JSON.parse(JSON.stringify(errorBudget.evidence.parse(seen))) as unknown, about }
}

async function judged(settings: object, given: Parameters<typeof seenBy>[1] = {}) {
  const { config, evidence, about } = await seenBy(settings, given)
  return judgeAgain(errorBudget, { config, evidence, subject: { ...about, at: new Date() } })
}

test('a service that keeps its promise passes, and the verdict says by how much', async () => {
  expect(await judged(queries('fine'))).toMatchObject({
    outcome: 'pass',
    reason: '90 % of the error budget is left, and no burn is too fast, by the queries of the policy',
    expected:
      'more than 0 % of the error budget of 99.9 % in 30d left, and no burn above 14.4× (1h, 5m), 6× (6h, 30m), 3× (1d, 2h), 1× (3d, 6h)',
    observed: expect.stringMatching(/^90 % left; burning 0\.1× and 0\.1× \(1h, 5m\), .*; 1 - \(sum\(increase/),
    recheckAt: null,
  })
})

test('a spent budget fails with the query, the prediction and where to look', async () => {
  const verdict = await judged({
    ...queries('spent'),
    dashboard: 'https://grafana.example/d/slo?var-env={{environment}}',
    runbook: 'https://runbooks.example/budget',
  })
  expect(verdict.outcome).toBe('fail')
  // A day of 500 bad ones among 1000 good ones a minute is 1.65 % of 30 days: sixteen times what may fail.
  expect(verdict.reason).toMatch(
    /^the error budget is spent: -1\d{3} % is left, by the queries of the policy; predicted/,
  )
  const predicted = /fine at (\S+) if/.exec(verdict.reason)?.[1] ?? ''
  const days = (Date.parse(predicted) - Date.now()) / day / 1000
  // All of it must have left the window, 30 days later than it was.
  expect(days).toBeGreaterThan(18)
  expect(days).toBeLessThan(30)
  expect(verdict.unblock).toContain('--class hotfix')
  expect(verdict.links).toEqual([
    {
      title: 'bad events over 30d in Prometheus',
      url: expect.stringContaining(`${prometheus.url}/graph?g0.expr=1%20-%20(sum(increase(requests_total`),
    },
    { title: 'dashboard', url: 'https://grafana.example/d/slo?var-env=prod' },
    { title: 'runbook', url: 'https://runbooks.example/budget' },
  ])
  // Asked again at the latest after a day, in case that the prediction is too dark.
  expect((Date.parse(verdict.recheckAt ?? '') - Date.now()) / hour / 1000).toBeCloseTo(24, 0)
})

test('a budget that burns too fast fails although much is left, and is predicted to be fine soon', async () => {
  const verdict = await judged({ ...queries('burning'), objective: 0.99 })
  expect(verdict).toMatchObject({
    outcome: 'fail',
    reason: expect.stringMatching(/of the error budget is left; it burns .* over 1h and .* over 5m, above/),
  })
  expect(verdict.links.map(({ title }) => title)).toContain('bad events over 1h in Prometheus')
  const minutes = (Date.parse(verdict.recheckAt ?? '') - Date.now()) / minute / 1000
  expect(minutes).toBeGreaterThan(1)
  expect(minutes).toBeLessThan(31)
  expect(await judged({ ...queries('burning'), objective: 0.99, 'burn-rates': [] })).toMatchObject({ outcome: 'pass' })
  const own = [{ long: '1h', short: '5m', above: 100 }]
  expect(await judged({ ...queries('burning'), objective: 0.99, 'burn-rates': own })).toMatchObject({ outcome: 'pass' })
  expect(await judged({ ...queries('fine'), 'remaining-above': 0.95 })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('only 90 % of the error budget is left'),
  })
})

test('bad events and a share of them are asked as well', async () => {
  const bad = 'sum(increase(requests_total{job="fine",code="500"}[{{window}}]))'
  const { total } = queries('fine')
  expect(await judged({ bad, total })).toMatchObject({ outcome: 'pass', reason: expect.stringContaining('90 %') })
  expect(await judged({ 'bad-ratio': `${bad} / ${total}` })).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('90 %'),
  })
})

test('recording rules of Sloth and of Pyrra are used when they are there, and the verdict says so', async () => {
  const own = queries('fine')
  expect(await judged({ ...own, 'sloth-id': 'shop-fine' })).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('by the recording rules of Sloth'),
    observed: expect.stringContaining('slo:sli_error:ratio_rate30d{sloth_id="shop-fine"}'),
  })
  expect(await judged({ 'sloth-id': 'shop-burning' })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('Sloth'),
  })
  expect(await judged({ 'pyrra-slo': 'shop-fine', window: '28d' })).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('by the recording rules of Pyrra'),
    expected: expect.stringContaining('14× (1h, 5m), 7× (6h, 30m), 2× (1d, 2h), 1× (4d, 6h)'),
  })
  expect(await judged({ 'pyrra-slo': 'shop-spent', window: '28d' })).toMatchObject({ outcome: 'fail' })
  expect(await judged({ ...own, 'sloth-id': 'shop-none', 'pyrra-slo': 'shop-none' })).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('by the queries of the policy'),
  })
})

test('a rollback and a hotfix pass without asking anyone, and say so; nothing else does', async () => {
  for (const promotionClass of ['rollback', 'hotfix'] as const) {
    expect(await judged({ ...queries('spent'), prometheus: 'http://10.255.255.1' }, { promotionClass })).toMatchObject({
      outcome: 'pass',
      reason: `let through whatever is left of the error budget: a ${promotionClass}, asked for by alice@idp`,
      observed: 'not asked',
    })
    expect(await judged({ ...queries('spent'), exempt: [] }, { promotionClass })).toMatchObject({ outcome: 'fail' })
  }
  expect(await judged(queries('spent'), { promotionClass: 'drill' })).toMatchObject({ outcome: 'fail' })
})

describe('A32', () => {
  test('no series, a dead target, a missing window and no traffic are inconclusive', async () => {
    expect(await judged(queries('nobody'))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('no data'),
    })
    expect(await judged(queries('dead'))).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged({ 'sloth-id': 'shop-half' })).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining(
        'slo:sli_error:ratio_rate30m{sloth_id="shop-half"} (by the recording rules of Sloth)',
      ),
    })
    expect(await judged({ 'sloth-id': 'shop-idle' })).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('NaN'),
    })
    expect(await judged({ 'sloth-id': 'shop-none' })).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged(queries('idle'))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('not a single event'),
    })
    expect(await judged({ ...queries('idle'), 'when-idle': 'nothing-failed' })).toMatchObject({ outcome: 'pass' })
  })

  test('no series of bad events is no data, unless the query says that it means none', async () => {
    const bad = 'sum(increase(requests_total{job="new",code="500"}[{{window}}]))'
    const { total } = queries('new')
    expect(await judged({ bad, total })).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged({ bad: `${bad} or vector(0)`, total })).toMatchObject({ outcome: 'pass' })
  })

  test('counts that contradict each other are inconclusive', async () => {
    expect(await judged({ good: 'vector(11)', total: 'vector(10)' })).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged({ bad: 'vector(-1)', total: 'vector(10)' })).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged({ 'bad-ratio': 'vector(1.5)' })).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged({ good: 'requests_total', total: 'vector(1)' })).toMatchObject({ outcome: 'error' })
    expect(await judged({ good: 'sum(', total: 'vector(1)' })).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining('parse error'),
    })
  })

  test.each(Object.keys(faults))('%s is an error', async (fault) => {
    broken.answer(faults[fault]!)
    const given = { prometheus: broken.url, 'bad-ratio': 'x', 'burn-rates': [] }
    expect(await judged(given, { timeoutSeconds: 0.5 })).toMatchObject({ outcome: 'error' })
    expect(await judged({ ...given, 'sloth-id': 'x' }, { timeoutSeconds: 0.5 })).toMatchObject({ outcome: 'error' })
  })

  test('A41 an SLO file that was not read when the policy was applied is inconclusive', async () => {
    const config = errorBudget.config.parse({ 'slo-file': 'slo.yaml' })
    const seen = await errorBudget.observe(config, subject, { ...worldOf({}), timeoutSeconds: 1 })
    const evidence = errorBudget.evidence.parse(seen)
    expect(errorBudget.judge(config, evidence, subject)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'slo.yaml was not read when this policy was applied',
    })
  })
})

test('what was seen is not judged by other queries, windows or sources', async () => {
  const { config, evidence, about } = await seenBy(queries('fine'))
  const at = new Date()
  const judgedWith = (changed: object) =>
    judgeAgain(errorBudget, {
      config: { ...config, ...changed },
      evidence,
      subject: { ...about, at },
    })
  expect(judgedWith({})).toMatchObject({ outcome: 'pass' })
  expect(judgedWith({ objective: 0.99999 })).toMatchObject({ outcome: 'fail' })
  expect(judgedWith({ total: 'vector(1)' })).toMatchObject({
    outcome: 'inconclusive',
    reason: expect.stringContaining('other queries'),
  })
  expect(judgedWith({ window: '28d' })).toMatchObject({ outcome: 'inconclusive' })
  expect(judgedWith({ 'burn-rates': [{ long: '2d', short: '1h', above: 1 }] })).toMatchObject({
    outcome: 'inconclusive',
  })
})

describe('a service elsewhere', () => {
  const rates = { '5m': 0.5, '30m': 0.5, '1h': 0.5, '2h': 0.5, '6h': 0.5, '1d': 0.5, '3d': 0.5 }
  const said = (given: object = {}) => ({
    at: new Date().toISOString(),
    budgetRemaining: 0.6,
    burnRates: rates,
    ...given,
  })
  const asked = { prometheus: undefined, objective: undefined, slo: 'checkout' }
  const judgedOf = async (answer: unknown, settings: object = {}) => {
    broken.answerJson(answer)
    return judged({ ...asked, service: `${broken.url}/budget`, ...settings })
  }

  test('is asked with what it needs, and judged by the same rules', async () => {
    const links = [{ title: 'SLO', url: 'https://slo.example/checkout' }]
    expect(await judgedOf(said({ links }))).toMatchObject({
      outcome: 'pass',
      reason: expect.stringContaining('60 % of the error budget is left'),
      links,
    })
    const { url, body } = broken.asked.at(-1)!
    expect(url).toBe('/budget')
    expect(JSON.parse(body)).toEqual({
      project: 'shop',
      environment: 'prod',
      release: subject.release.digest,
      version: '7-ccccccc',
      slo: 'checkout',
      window: '30d',
      windows: ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d'],
    })
    expect(await judgedOf(said({ budgetRemaining: -0.1 }))).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('-10 %'),
    })
    expect(await judgedOf(said({ burnRates: { ...rates, '1h': 20, '5m': 30 } }))).toMatchObject({ outcome: 'fail' })
  })

  test('is asked and answers as docs/error-budgets.md says', async () => {
    const page = readFileSync('docs/error-budgets.md', 'utf8')
    const [request, answer] = [...page.matchAll(/```json\n([^]*?)```/g)].map(
      ([, json = '']) => JSON.parse(json) as { windows: string[] },
    )
    expect(await judgedOf({ ...answer, at: new Date().toISOString() })).toMatchObject({ outcome: 'pass' })
    const sent = JSON.parse(broken.asked.at(-1)!.body) as { windows: string[] }
    expect([Object.keys(sent), sent.windows]).toEqual([Object.keys(request!), request!.windows])
  })

  test('A31 A32 what is old, incomplete or not as agreed never passes', async () => {
    expect(await judgedOf(said({ at: new Date(Date.now() - 600_000).toISOString() }))).toMatchObject({
      outcome: 'inconclusive',
    })
    expect(await judgedOf(said({ at: new Date(Date.now() + 600_000).toISOString() }))).toMatchObject({
      outcome: 'inconclusive',
    })
    expect(await judgedOf(said({ burnRates: { '5m': 0 } }))).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringContaining('no burn rate over 30m'),
    })
    expect(await judgedOf(said({ burnRates: {} }), { 'burn-rates': [] })).toMatchObject({ outcome: 'pass' })
    for (const odd of [
      { budgetRemaining: '0.6' },
      { budgetRemaining: 2 },
      { burnRates: { soon: 1 } },
      { burnRates: null },
      { extra: 1 },
      { at: 'now' },
    ]) {
      expect((await judgedOf(said(odd))).outcome, JSON.stringify(odd)).toBe('error')
    }
  })

  test.each(Object.keys(faults))('A32 %s is an error', async (fault) => {
    broken.answer(faults[fault]!)
    expect(await judged({ ...asked, service: broken.url }, { timeoutSeconds: 0.5 })).toMatchObject({ outcome: 'error' })
  })
})
