import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { report, subject, worldOf } from '../../test/rig/gate-world.ts'
import { live, reportOf, covers, finding, finds, uses, judged } from '../../test/rig/quality-reports.ts'
import { judgeAgain } from '../core/evaluate.ts'
import { quality } from './quality.ts'

test('tests that all passed pass, with the numbers and the run', async () => {
  expect(await judged([report({ passed: 12, skipped: 3 })], { tests: { 'at-least': 12 } })).toMatchObject({
    outcome: 'pass',
    reason: '12 ran, 0 failed, 3 skipped',
    expected: 'at least 12 tests, at most 0 failed',
    links: [{ title: 'run run-7', url: '/api/v1/projects/shop/runs/run-7' }],
  })
})

test('failed tests fail it, by name', async () => {
  expect(await judged([report({ failed: ['cart › adds', 'cart › pays'] })])).toMatchObject({
    outcome: 'fail',
    reason: '2 of 12 tests failed: cart › adds (expected 1, found 2), cart › pays (expected 1, found 2)',
  })
  expect(await judged([report({ failed: ['cart › adds'] })])).toMatchObject({ outcome: 'fail' })
  expect(await judged([report({ failed: ['cart › adds'] })], { tests: { 'failed-at-most': 1 } })).toMatchObject({
    outcome: 'pass',
  })
})

test('of many failures the first are named and the rest counted', async () => {
  const failed = Array.from({ length: 45 }, (_, index) => `test ${index}`)
  const { reason } = await judged([report({ failed })])
  expect(reason).toContain('test 19')
  expect(reason).toMatch(/ and 25 more$/)
})

test('A19 no report, an empty one, and one where all was skipped never pass', async () => {
  expect(await judged([])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'there is no test report',
    unblock: 'a release whose pipeline declares reports, or lockflight evidence add 7-ccccccc FILE',
  })
  expect(await judged([report({ passed: 0 })])).toMatchObject({
    outcome: 'fail',
    reason: '0 tests ran, at least 1 must',
  })
  expect(await judged([report({ passed: 0, skipped: 40 })])).toMatchObject({ outcome: 'fail' })
  expect(await judged([report({ passed: 9 })], { tests: { 'at-least': 10 } })).toMatchObject({ outcome: 'fail' })
  expect(await judged([report({ passed: 1 })], { tests: { 'at-least': 5 } })).toMatchObject({
    reason: '1 test ran, at least 5 must',
  })
})

test('A19 a report of another kind than the one asked for never passes', async () => {
  const asked = {
    tests: { 'at-least': 1 },
    coverage: { 'lines-at-least': 0 },
    findings: { critical: 9 },
    licenses: { deny: ['MIT'] },
  }
  const all = { tests: report(), coverage: covers(900), findings: finds(), licenses: uses(['ISC']) }
  expect(await judged(Object.values(all), asked)).toMatchObject({ outcome: 'pass' })
  for (const kind of Object.keys(asked) as (keyof typeof asked)[]) {
    const { [kind]: missing, ...others } = all
    expect(await judged(Object.values(others), asked), kind).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged([missing], { [kind]: asked[kind] }), kind).toMatchObject({ outcome: 'pass' })
  }
})

test('a report whose record is not what was signed is an error, not left out', async () => {
  const changed = { ...reportOf({}), disbelief: 'its record was changed' }
  expect(await judged({ reports: [report(), changed] })).toMatchObject({
    outcome: 'error',
    reason: 'the report report may not be believed: its record was changed',
  })
})

test('reports are added up, and the same report twice counts once', async () => {
  const [unit, e2e] = [report({ passed: 6, job: 'unit' }), report({ passed: 5, job: 'e2e' })]
  expect(await judged([unit, e2e], { tests: { 'at-least': 11 } })).toMatchObject({ outcome: 'pass' })
  expect(await judged([unit, unit], { tests: { 'at-least': 11 } })).toMatchObject({ outcome: 'fail' })
})

test('only the chosen jobs and formats count', async () => {
  const reports = [report({ job: 'unit' }), report({ job: 'e2e', failed: ['slow'] })]
  expect(await judged(reports, { jobs: ['unit'] })).toMatchObject({ outcome: 'pass' })
  expect(await judged(reports, { jobs: ['lint'] })).toMatchObject({ outcome: 'inconclusive' })
  expect(await judged(reports, { formats: ['tap'] })).toMatchObject({ outcome: 'inconclusive' })
})

test('a job or a format that is named and reports nothing is inconclusive, however good the others are', async () => {
  const [unit, e2e] = [report({ job: 'unit' }), report({ job: 'e2e' })]
  const jobs = ['unit', 'e2e']
  expect(await judged([unit, e2e], { jobs })).toMatchObject({ outcome: 'pass' })
  expect(await judged([unit], { jobs })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'there is no report of the job e2e',
  })
  expect(await judged([{ ...e2e, digest: unit.digest }, unit], { jobs })).toMatchObject({ outcome: 'pass' })
  expect(
    await judged([{ ...finds(), format: 'sarif' }], { formats: ['sarif', 'trivy'], findings: { high: 0 } }),
  ).toMatchObject({
    outcome: 'inconclusive',
    reason: 'there is no report in the format trivy',
  })
})

test('flaky tests, and fewer tests than the running release had, are as many as allowed', async () => {
  const flaky = report({ passed: 10 })
  flaky.results.tests!.flaky = 2
  expect(await judged([flaky], { tests: { 'flaky-at-most': 2 } })).toMatchObject({ outcome: 'pass' })
  expect(await judged([flaky], { tests: { 'flaky-at-most': 1 } })).toMatchObject({
    outcome: 'fail',
    reason: '2 tests passed only when tried again, at most 1 may',
  })
  const settings = { tests: { 'not-fewer': true } }
  const before = { ...live, reports: [report({ passed: 10 })] }
  expect(await judged({ ...before, runningReports: [report({ passed: 10, skipped: 5 })] }, settings)).toMatchObject({
    outcome: 'pass',
  })
  expect(await judged({ ...before, runningReports: [report({ passed: 11 })] }, settings)).toMatchObject({
    outcome: 'fail',
    reason: '10 tests ran, 11 did for the running release',
  })
  expect(await judged({ ...before, runningReports: [] }, settings)).toMatchObject({ outcome: 'inconclusive' })
  expect((await judged([report()], settings)).reason).toBe(
    '10 ran, 0 failed, 0 skipped; nothing runs there yet whose tests could be counted',
  )
})

test('findings are limited by severity, and a worse one by what its milder one is', async () => {
  const settings = { findings: { high: 1 } }
  expect(await judged([finds(finding('one'), finding('mild', { severity: 'low' }))], settings)).toMatchObject({
    outcome: 'pass',
    observed: '0 critical, 1 high, 0 unknown findings',
  })
  expect(await judged([finds(finding('one'), finding('two', { fixedIn: '1.2' }))], settings)).toMatchObject({
    outcome: 'fail',
    reason:
      '2 high findings, at most 1 may be: one in pkg:npm/left-pad@1.0.0, two in pkg:npm/left-pad@1.0.0, fixed in 1.2',
  })
  for (const severity of ['critical', 'unknown'] as const) {
    const two = finds(finding('one', { severity }), finding('two', { severity }))
    expect(await judged([two], settings), severity).toMatchObject({ outcome: 'fail' })
    expect(await judged([two], { findings: { high: 1, [severity]: 2 } })).toMatchObject({ outcome: 'pass' })
  }
  expect(await judged([finds(finding('one', { suppressed: 'false alarm' }))], { findings: { high: 0 } })).toMatchObject(
    {
      outcome: 'pass',
    },
  )
})

test('only new findings count where that is asked for, and what is new needs something to compare with', async () => {
  const settings = { findings: { high: 0, 'new-only': true } }
  const [old, other] = [finding('old'), finding('old', { where: 'pkg:npm/other@1.0.0' })]
  const facts = { ...live, runningReports: [finds(old)] }
  expect(await judged({ ...facts, reports: [finds(old)] }, settings)).toMatchObject({ outcome: 'pass' })
  expect(await judged({ ...facts, reports: [finds(old, other)] }, settings)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringMatching(/^1 high new findings, at most 0 may be/),
  })
  expect(await judged({ ...live, reports: [finds(old)] }, settings)).toMatchObject({ outcome: 'fail' })
  expect(await judged({ ...live, reports: [finds()] }, settings)).toMatchObject({ outcome: 'inconclusive' })
  expect(await judged([finds(old)], settings)).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('nothing runs there yet'),
  })
})

test('A19 what is handed in about the running release makes no finding of a job old', async () => {
  const found = finding('CVE-2026-1')
  const handedIn = reportOf({ findings: [found] }, { job: null })
  const facts = { ...live, runningReports: [finds(), handedIn] }
  for (const settings of [{}, { jobs: ['test'] }]) {
    const asked = { ...settings, findings: { high: 0, 'new-only': true } }
    expect(await judged({ ...facts, reports: [finds(found)] }, asked)).toMatchObject({
      outcome: 'fail',
      reason: expect.stringMatching(/^1 high new findings/),
    })
  }
  const asked = { findings: { high: 0, 'new-only': true } }
  expect(await judged({ ...facts, reports: [handedIn] }, asked)).toMatchObject({ outcome: 'pass' })
  expect(await judged({ ...live, runningReports: [finds(found)], reports: [handedIn] }, asked)).toMatchObject({
    outcome: 'pass',
  })
})

test('an accepted finding counts again the day after its acceptance ends, and the reason says so', async () => {
  const accepted = [{ rule: 'CVE-2026-1', owner: 'ana', reason: 'not reachable', until: '2026-11-23' }]
  const settings = { findings: { high: 0, accepted } }
  const found = [finds(finding('GHSA-x', { aliases: ['CVE-2026-1'] }))]
  expect(await judged(found, settings)).toMatchObject({
    outcome: 'pass',
    observed: expect.stringContaining('1 accepted'),
  })
  expect(await judged(found, settings, new Date('2026-11-23T23:59:59.999Z'))).toMatchObject({ outcome: 'pass' })
  expect(await judged(found, settings, new Date('2026-11-24T00:00:00Z'))).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('ana accepted it until 2026-11-23, which is over'),
  })
  expect(await judged([finds(finding('CVE-2026-12'))], settings)).toMatchObject({ outcome: 'fail' })
  const unnamed = finding('GHSA-x', { where: 'elsewhere' })
  expect(await judged([finds(finding('GHSA-x', { aliases: ['CVE-2026-1'] }), unnamed)], settings)).toMatchObject({
    outcome: 'fail',
    reason: '1 high findings, at most 0 may be: GHSA-x in elsewhere',
  })
})

test('more rules than are kept by name are still counted, and cannot be accepted away', async () => {
  const many = Array.from({ length: 5010 }, (_, index) => finding(`rule-${index}`, { severity: 'low' }))
  const { observed } = await judged([finds(...many)], { findings: { low: 5010 } })
  expect(observed).toContain('5010 low')
  const accepted = [{ rule: 'rule-5005', owner: 'ana', reason: 'no', until: '2026-12-31' }]
  expect(await judged([finds(...many)], { findings: { low: 5009, accepted } })).toMatchObject({ outcome: 'fail' })
})

test('licences go by the lists, and one that is not known is not a pass unless that is said', async () => {
  const settings = { licenses: { allow: ['MIT', 'Apache-2.0'] } }
  expect(await judged([uses(['MIT OR GPL-2.0-only'], ['Apache-2.0', 'MIT'])], settings)).toMatchObject({
    outcome: 'pass',
    observed: '2 components, 0 refused, 0 of unknown licence',
  })
  expect(await judged([uses(['MIT'], ['MIT', 'GPL-2.0-only'])], settings)).toMatchObject({
    outcome: 'fail',
    reason: '1 components have a refused licence: part-1@1.0.0 (MIT and GPL-2.0-only)',
  })
  for (const odd of [[], ['see COPYING'], ['MIT', '']]) {
    expect(await judged([uses(odd)], settings), odd.join()).toMatchObject({ outcome: 'inconclusive' })
    expect(await judged([uses(odd)], { licenses: { ...settings.licenses, unknown: 'allow' } })).toMatchObject({
      outcome: 'pass',
    })
  }
  const accepted = [{ component: 'part-0', owner: 'ana', reason: 'bought', until: '2026-12-31' }]
  expect(await judged([uses([])], { licenses: { ...settings.licenses, accepted } })).toMatchObject({ outcome: 'pass' })
  expect(
    await judged([uses([])], { licenses: { ...settings.licenses, accepted } }, new Date('2027-01-01T00:00:00Z')),
  ).toMatchObject({ outcome: 'inconclusive', reason: expect.stringContaining('ana accepted it until 2026-12-31') })
  expect(await judged([uses()], settings)).toMatchObject({ outcome: 'inconclusive' })
})

test('what was seen under one setting can be judged under another', async () => {
  const facts = { ...live, reports: [report(), covers(500), finds(finding('one')), uses(['MIT'])], runningReports: [] }
  const seen = JSON.stringify(await quality.observe(quality.config.parse({}), subject, worldOf(facts)))
  const again = (config: Record<string, unknown>) =>
    judgeAgain(quality, { config, evidence: JSON.parse(seen), subject }).outcome
  expect(again({ findings: { high: 0 } })).toBe('fail')
  expect(again({ findings: { high: 1 } })).toBe('pass')
  expect(again({ coverage: { 'lines-at-least': 50 } })).toBe('pass')
  expect(again({ licenses: { deny: ['MIT'] } })).toBe('fail')
  expect(again({ jobs: ['other'] })).toBe('inconclusive')
})

test('evidence that does not add up is not evidence', () => {
  const tests = { total: 5, passed: 5, failed: 1, skipped: 0, flaky: 0, failures: [] }
  const evidence = (given: object) => {
    const seen = {
      job: 'a',
      path: 'b',
      format: 'junit',
      digest: subject.policy,
      disbelief: null,
      tests: { ...tests, ...given },
    }
    return quality.evidence.safeParse({ reports: [seen], running: null, change: null }).success
  }
  expect(evidence({})).toBe(false)
  expect(evidence({ total: 6 })).toBe(true)
  expect(evidence({ total: 6, flaky: 6 })).toBe(false)
  expect(evidence({ passed: -1, total: 0 })).toBe(false)
})

test('a gate that asks for nothing cannot be written', () => {
  for (const settings of [
    { tests: { 'at-least': 0 } },
    { formats: [] },
    { jobs: [] },
    { tests: { 'failed-at-most': -1 } },
    { coverage: {} },
    { coverage: { 'new-lines': { 'at-least': 80, in: [] } } },
    { findings: {} },
    { findings: { 'new-only': true } },
    { licenses: {} },
    { licenses: { allow: [] } },
    { findings: { high: 0, accepted: [{ rule: 'x', owner: 'ana', reason: 'y', until: 'soon' }] } },
    { findings: { high: 0, accepted: [{ rule: 'x', reason: 'y', until: '2026-12-31' }] } },
  ]) {
    expect(quality.config.safeParse(settings).success, JSON.stringify(settings)).toBe(false)
  }
})

test('whatever else is reported, a finding more or a covered line less never turns a no into a yes', async () => {
  const settings = { findings: { high: 2, medium: 3 }, coverage: { 'lines-at-least': 50 } }
  const some = fc.record({
    severities: fc.array(fc.constantFrom('critical', 'high', 'medium', 'low', 'unknown'), { maxLength: 6 }),
    covered: fc.integer({ min: 0, max: 1000 }),
  })
  await fc.assert(
    fc.asyncProperty(some, fc.constantFrom('critical', 'high', 'medium', 'low', 'unknown'), async (given, more) => {
      const at = (all: string[], covered: number) =>
        judged(
          [
            finds(...all.map((severity, index) => finding(`r${index}`, { severity: severity as 'low' }))),
            covers(covered),
          ],
          settings,
        )
      const { outcome } = await at(given.severities, given.covered)
      if (outcome === 'pass') return
      expect((await at([...given.severities, more], Math.max(0, given.covered - 1))).outcome).not.toBe('pass')
    }),
    { numRuns: 100 },
  )
})
