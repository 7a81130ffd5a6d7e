import { expect, test } from 'vitest'
import { report, subject, worldOf } from '../../test/rig/gate-world.ts'
import type { Report } from '../core/report.ts'
import { quality } from './quality.ts'

async function judged(reports: Report[], settings: object = {}) {
  const config = quality.config.parse(settings)
  const evidence = quality.evidence.parse(await quality.observe(config, subject, worldOf({ reports })))
  return quality.judge(config, evidence, subject)
}

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
    reason: 'the run of 7-ccccccc left no junit report',
  })
  expect(await judged([report({ passed: 0 })])).toMatchObject({
    outcome: 'fail',
    reason: '0 tests ran, at least 1 must',
  })
  expect(await judged([report({ passed: 0, skipped: 40 })])).toMatchObject({ outcome: 'fail' })
  expect(await judged([report({ passed: 9 })], { tests: { 'at-least': 10 } })).toMatchObject({ outcome: 'fail' })
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

test('evidence that does not add up is not evidence', () => {
  const tests = {
    job: 'a',
    path: 'b',
    format: 'junit',
    digest: subject.policy,
    total: 5,
    passed: 5,
    failed: 1,
    skipped: 0,
    failures: [],
  }
  expect(quality.evidence.safeParse({ reports: [tests] }).success).toBe(false)
  expect(quality.evidence.safeParse({ reports: [{ ...tests, total: 6 }] }).success).toBe(true)
  expect(quality.evidence.safeParse({ reports: [{ ...tests, passed: -1, total: 0 }] }).success).toBe(false)
})

test('a gate that asks for nothing cannot be written', () => {
  for (const settings of [
    { tests: { 'at-least': 0 } },
    { formats: [] },
    { jobs: [] },
    { tests: { 'failed-at-most': -1 } },
  ]) {
    expect(quality.config.safeParse(settings).success, JSON.stringify(settings)).toBe(false)
  }
})
