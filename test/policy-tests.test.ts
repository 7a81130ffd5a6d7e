import { expect, test } from 'vitest'
import type { Refusal } from '../src/core/refusal.ts'
import { readConfiguration, testPolicy } from '../src/slots.ts'

const configuration = readConfiguration(
  `project: shop
environments:
  dev: { deploy: { use: command, run: 'true' } }
  prod:
    after: [dev]
    gates:
      - { use: quality, id: tests, tests: { at-least: 10 } }
      - { use: approval }
    deploy: { use: command, run: 'true' }
`,
  'lockflight.yaml',
)

const run = (text: string) => testPolicy(configuration, { text, file: 'lockflight.test.yaml' })
const problemsOf = (text: string) => run(text).flatMap(({ problems }) => problems)

const noReports = 'evidence: { reports: [], running: null, change: null }'

test('a case passes when the gate says what it must, and tells what it said when not', () => {
  const one = (expected: string) => `
cases:
  - name: no reports are no pass
    environment: prod
    gates: { tests: { ${noReports}, ${expected} } }
`
  expect(run(one('expect: inconclusive'))).toEqual([
    { name: 'no reports are no pass', environment: 'prod', problems: [] },
  ])
  expect(problemsOf(one('expect: pass'))).toEqual([
    expect.stringMatching(/^tests: expected pass, found inconclusive: /),
  ])
  expect(problemsOf(one('reason: no tests at all'))).toEqual([
    expect.stringContaining('expected a reason with “no tests'),
  ])
})

test('a case about the whole says what would become of the promotion, and a gate nobody speaks of is not met', () => {
  const whole = (gates: string, expected: string) => `
cases:
  - { name: whole, environment: prod, gates: { ${gates} }, expect: ${expected} }
`
  const all = 'upstream: { says: pass }, tests: { says: pass }, approval: { says: pass }'
  expect(problemsOf(whole(all, 'start'))).toEqual([])
  expect(problemsOf(whole(all, 'wait'))).toEqual(['expected the promotion to wait, found start'])
  expect(problemsOf(whole(`upstream: { says: pass }, approval: { says: pass }`, 'wait'))).toEqual([])
  expect(problemsOf(whole(all.replace('approval: { says: pass }', 'approval: { says: wait }'), 'wait'))).toEqual([])
})

test('rollbacks are judged by the gates of rollbacks', () => {
  const gates = 'gates: { reversible: { says: pass } }'
  expect(problemsOf(`cases: [{ name: back, environment: prod, class: rollback, ${gates}, expect: start }]`)).toEqual([])
})

test('evidence of the wrong shape is an error, as in a promotion', () => {
  const text = `
cases:
  - { name: nonsense, environment: prod, gates: { tests: { evidence: { tests: 7 }, expect: error } } }
`
  expect(problemsOf(text)).toEqual([])
})

test.each([
  ['cases: []', 'expected'],
  ['cases: [{ name: idle, environment: prod }]', 'could not fail'],
  [
    'cases: [{ name: a, environment: prod, gates: { tests: { says: pass, expect: pass } }, expect: start }]',
    'beside `says`',
  ],
  ['cases: [{ name: a, environment: prod, gates: { tests: { expect: pass } } }]', 'either `evidence` or `says`'],
  ['cases: [{ name: a, environment: prod, expects: start }]', 'expects'],
])('%s is refused with its place', (text, said) => {
  const refusal = (() => {
    try {
      run(text)
    } catch (error) {
      return error as Refusal
    }
    throw new Error('it was not refused')
  })()
  expect(JSON.stringify(refusal.problems)).toContain(said)
  expect(refusal.problems?.[0]?.at).toMatch(/^lockflight\.test\.yaml:1:\d+$/)
})

test('an environment or gate that is not there is named, with those that are', () => {
  expect(problemsOf('cases: [{ name: a, environment: qa, expect: start }]')).toEqual([
    'expected an environment of the configuration (dev, prod), found qa',
  ])
  expect(
    problemsOf('cases: [{ name: a, environment: prod, gates: { speed: { says: pass } }, expect: start }]'),
  ).toEqual(['expected a gate that standard promotions to prod must pass (upstream, tests, approval), found speed'])
})
