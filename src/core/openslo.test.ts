import { expect, test } from 'vitest'
import { readOpenSlo } from './openslo.ts'
import type { Refusal } from './refusal.ts'

const header = (kind: string, name: string) => `apiVersion: openslo/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n`

/** An SLO document; `indicator` and `objective` are its YAML in one line. */
function slo(indicator: string, given: { objective?: string; method?: string; window?: string; name?: string } = {}) {
  const {
    objective = '{ target: 0.999 }',
    method = 'Occurrences',
    window = '{ duration: 30d, isRolling: true }',
  } = given
  return `${header('SLO', given.name ?? 'availability')}spec:
  service: checkout
  budgetingMethod: ${method}
  timeWindow: [${window}]
  objectives: [${objective}]
  ${indicator}
`
}

const source = (query: string, more = 'type: Prometheus') =>
  `{ metricSource: { ${more}, spec: { query: '${query}' } } }`
const ratio = (parts: string) => `indicator: { spec: { ratioMetric: { ${parts} } } }`
const threshold = (query: string) => `indicator: { spec: { thresholdMetric: ${source(query)} } }`
const read = (text: string, name?: string) => readOpenSlo(text, 'slo.yaml', name)
const refusal = (text: string, name?: string) => {
  try {
    read(text, name)
  } catch (error) {
    const { message, problems } = error as Refusal
    return [message, ...problems.map((problem) => `${problem.at} ${problem.message}`)].join('\n')
  }
  return 'none'
}

test('good and total events become the settings of a gate', () => {
  const [good, total] = ['sum(rate(http{code!~"5.."}[{{.window}}]))', 'sum(rate(http[{{ window }}]))'].map((query) =>
    source(query),
  )
  expect(read(slo(ratio(`counter: true, good: ${good}, total: ${total}`)))).toEqual({
    objective: 0.999,
    window: '30d',
    good: 'sum(rate(http{code!~"5.."}[{{window}}]))',
    total: 'sum(rate(http[{{window}}]))',
    'sloth-id': 'checkout-availability',
    'pyrra-slo': 'availability',
  })
})

test('counters, gauges and ready ratios are taken over the window', () => {
  const counters = `counter: true, bad: ${source('http{code="500"}')}, total: ${source('http')}`
  expect(read(slo(ratio(counters), { objective: '{ targetPercent: 99.95 }' }))).toMatchObject({
    objective: 0.9995,
    bad: 'sum(increase(http{code="500"}[{{window}}]))',
    total: 'sum(increase(http[{{window}}]))',
  })
  expect(read(slo(ratio(`counter: false, good: ${source('sum(ok)')}, total: ${source('sum(all)')}`)))).toMatchObject({
    good: 'sum_over_time((sum(ok))[{{window}}:1m])',
    total: 'sum_over_time((sum(all))[{{window}}:1m])',
  })
  expect(read(slo(ratio(`rawType: failure, raw: ${source('errors:ratio')}`)))['bad-ratio']).toBe(
    'avg_over_time((errors:ratio)[{{window}}:1m])',
  )
  expect(read(slo(ratio(`rawType: success, raw: ${source('ok:ratio')}`)))['bad-ratio']).toBe(
    '1 - avg_over_time((ok:ratio)[{{window}}:1m])',
  )
})

test('a threshold is the share of time in which it did not hold', () => {
  const objective = '{ target: 0.99, op: lte, value: 0.5 }'
  expect(read(slo(threshold('latency:p99'), { objective }))['bad-ratio']).toBe(
    '1 - avg_over_time(((latency:p99) <= bool 0.5)[{{window}}:1m])',
  )
  const slices = '{ target: 0.99, op: gt, value: 3, timeSliceTarget: 0.9, timeSliceWindow: 10m }'
  expect(read(slo(threshold('replicas'), { objective: slices, method: 'Timeslices' }))['bad-ratio']).toBe(
    '1 - avg_over_time((avg_over_time(((replicas) > bool 3)[10m:1m]) >= bool 0.9)[{{window}}:10m])',
  )
})

test('time slices of a ratio are good or bad as a whole', () => {
  const objective = '{ target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5 }'
  const [good, total] = ['sum(rate(ok[{{.window}}]))', 'sum(rate(all[{{.window}}]))'].map((query) => source(query))
  expect(read(slo(ratio(`good: ${good}, total: ${total}`), { objective, method: 'Timeslices' }))['bad-ratio']).toBe(
    '1 - avg_over_time(((sum(rate(ok[5m]))) / ((sum(rate(all[5m]))) > 0) >= bool 0.95)[{{window}}:5m])',
  )
})

test('an SLI and a data source of the same file are found, whatever else is in it', () => {
  const referring = 'metricSourceRef: main'
  const text = [
    '# what we promise',
    `${header('DataSource', 'main')}spec: { type: prometheus, connectionDetails: { url: 'http://prometheus:9090', user: x } }\n`,
    `${header('SLI', 'errors')}spec: { ratioMetric: { counter: true, bad: ${source('bad', referring)}, total: ${source('all', referring)} } }\n`,
    slo('indicatorRef: errors'),
    slo('indicatorRef: errors', { name: 'other', objective: '{ target: 0.5 }' }),
    `${header('AlertPolicy', 'page')}spec: { anything: [1] }\n`,
  ].join('---\n')
  expect(read(text, 'availability')).toMatchObject({ objective: 0.999, prometheus: 'http://prometheus:9090' })
  expect(read(text, 'other')).toMatchObject({ objective: 0.5 })
  expect(refusal(text)).toBe('slo.yaml: expected one SLO, or `slo` to say which; found availability, other')
  expect(refusal(text, 'third')).toContain('expected one SLO called third')
})

test('what is wrong is told at its place in the file, in whichever document', () => {
  const second = slo(ratio(`counter: true, good: ${source('a')}, totla: ${source('b')}`))
  const lines = `${slo(threshold('x'))}---\n${second}`
  expect(refusal(lines)).toMatch(/slo\.yaml:21:\d+ .*totla/)
  expect(refusal('apiVersion: openslo/v2alpha\nkind: SLO\n')).toContain('slo.yaml:1:13')
  expect(refusal('')).toContain('found none')
  expect(refusal('a: &a [*a]')).not.toBe('none')
})

test.each([
  ['a calendar window', slo(threshold('x'), { window: '{ duration: 1M, calendar: {}, isRolling: false }' })],
  ['two objectives', slo(threshold('x'), { objective: '{ target: 0.9 }, { target: 0.99 }' })],
  ['no objective', slo(threshold('x'), { objective: '{ op: lt, value: 1 }' })],
  [
    'both ways to say a target',
    slo(threshold('x'), { objective: '{ op: lt, value: 1, target: 0.9, targetPercent: 90 }' }),
  ],
  ['everything', slo(threshold('x'), { objective: '{ op: lt, value: 1, target: 1 }' })],
  ['a threshold without a value', slo(threshold('x'))],
  ['another source', slo(ratio(`good: ${source('a', 'type: Datadog')}, total: ${source('b')}`))],
  ['no source', slo(ratio(`good: ${source('a', 'metricSourceRef: gone')}, total: ${source('b')}`))],
  ['good and bad', slo(ratio(`good: ${source('a')}, bad: ${source('a')}, total: ${source('b')}`))],
  ['no total', slo(ratio(`good: ${source('a')}`))],
  ['a sum of counters', slo(ratio(`counter: true, good: ${source('sum(a)')}, total: ${source('b')}`))],
  ['a ratio of what', slo(ratio(`raw: ${source('a')}`))],
  [
    'slices without length',
    slo(threshold('x'), { method: 'Timeslices', objective: '{ target: 0.9, op: lt, value: 1 }' }),
  ],
  ['an unknown SLI', slo('indicatorRef: gone')],
  ['no indicator', slo('description: none')],
])('%s is refused', (_, text) => {
  expect(refusal(text)).toContain('slo.yaml')
})
