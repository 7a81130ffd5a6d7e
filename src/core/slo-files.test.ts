import { expect, test } from 'vitest'
import { digestOfJson } from './digest.ts'
import { fillSlos, sloFilesIn } from './slo-files.ts'

const slo = (target: number) => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: availability }
spec:
  service: checkout
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 28d, isRolling: true }]
  objectives: [{ target: ${target} }]
  indicator:
    spec:
      ratioMetric:
        counter: true
        good: { metricSource: { type: Prometheus, spec: { query: 'ok' } } }
        total: { metricSource: { type: Prometheus, spec: { query: 'all' } } }
`
const configuration = (gate: object) => ({
  project: 'shop',
  environments: {
    dev: { deploy: {} },
    prod: {
      gates: [
        { use: 'soak', for: '1h' },
        { use: 'error-budget', ...gate },
      ],
    },
  },
})

test('A41 what a file says takes its place beside its name, and changes the digest when it changes', () => {
  const named = configuration({ 'slo-file': 'slo/a.yaml', prometheus: 'http://p' })
  expect(sloFilesIn(named)).toEqual(['slo/a.yaml'])
  const filled = fillSlos(named, { 'slo/a.yaml': slo(0.999) })
  expect(filled).toEqual(
    configuration({
      'slo-file': 'slo/a.yaml',
      prometheus: 'http://p',
      objective: 0.999,
      window: '28d',
      good: 'sum(increase(ok[{{window}}]))',
      total: 'sum(increase(all[{{window}}]))',
      'sloth-id': 'checkout-availability',
      'pyrra-slo': 'availability',
    }),
  )
  expect(digestOfJson(fillSlos(named, { 'slo/a.yaml': slo(0.99) }))).not.toBe(digestOfJson(filled))
})

test('a missing file, and one that is contradicted, are refused', () => {
  expect(() => fillSlos(configuration({ 'slo-file': 'slo/a.yaml' }), {})).toThrow('expected the file slo/a.yaml')
  expect(() => fillSlos(configuration({ 'slo-file': 'toString' }), {})).toThrow('expected the file toString')
  const twice = configuration({ 'slo-file': 'slo/a.yaml', objective: 0.9 })
  expect(() => fillSlos(twice, { 'slo/a.yaml': slo(0.999) })).toThrow('`objective` either in slo/a.yaml or beside')
})

test('what is no configuration, or names no file, stays as it is', () => {
  for (const odd of [
    null,
    'x',
    [],
    {},
    { environments: [] },
    { environments: { a: null, b: { gates: 'x' }, c: { gates: [1] } } },
    configuration({}),
  ]) {
    expect(sloFilesIn(odd)).toEqual([])
    expect(fillSlos(odd, {})).toEqual(odd)
  }
})
