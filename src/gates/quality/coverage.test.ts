import { expect, test } from 'vitest'
import type { Facts } from '../../../test/rig/gate-world.ts'
import { live, covers, judged } from '../../../test/rig/quality-reports.ts'
import type { Report } from '../../core/report.ts'

test('coverage has a least, and may not drop below the running release by more than is allowed', async () => {
  const least = { coverage: { 'lines-at-least': 80, 'branches-at-least': 70 } }
  expect(await judged([covers(800, 700)], least)).toMatchObject({
    outcome: 'pass',
    reason: '80 % of lines covered, 70 % of branches covered',
  })
  expect(await judged([covers(799, 699)], least)).toMatchObject({
    outcome: 'fail',
    reason: '79.9 % of lines are covered, at least 80 % must be; 69.9 % of branches are covered, at least 70 % must be',
  })
  expect(await judged([covers(800)], least)).toMatchObject({
    outcome: 'inconclusive',
    reason: 'the coverage reports count no branches',
  })
  const facts = (now: Report, before: Report) => ({ ...live, reports: [now], runningReports: [before] })
  const notLower = { coverage: { 'drop-at-most': 0 } }
  expect(await judged(facts(covers(500), covers(500)), notLower)).toMatchObject({ outcome: 'pass' })
  expect(await judged(facts(covers(499), covers(500)), notLower)).toMatchObject({ outcome: 'fail' })
  expect(await judged(facts(covers(600, 499), covers(500, 500)), notLower)).toMatchObject({ outcome: 'fail' })
  expect(await judged(facts(covers(600), covers(500, 500)), notLower)).toMatchObject({ outcome: 'inconclusive' })
  const little = { coverage: { 'drop-at-most': 0.1 } }
  expect(await judged(facts(covers(499), covers(500)), little)).toMatchObject({ outcome: 'pass' })
  expect(await judged(facts(covers(498), covers(500)), little)).toMatchObject({ outcome: 'fail' })
  expect((await judged([covers(500)], notLower)).reason).toContain('nothing runs there yet')
})

const newLines = { coverage: { 'new-lines': { 'at-least': 80, in: ['src'], except: ['.test.js'] } } }

test('new lines are those that git says changed, and a line that one report covers is covered', async () => {
  const unit = covers(1, null, [{ path: 'src/a.js', covered: '1-4', uncovered: '5-20' }])
  const e2e = covers(2, null, [{ path: 'src/a.js', covered: '5-8', uncovered: '1-4,9-20' }])
  const facts = (change: Facts['change'] & object) => ({ ...live, reports: [unit, e2e], change })
  const changed = (...files: [string, string][]) => facts({ files: files.map(([path, lines]) => ({ path, lines })) })
  expect(await judged(changed(['src/a.js', '1-9,30-40'], ['docs/x.md', '1-100']), newLines)).toMatchObject({
    outcome: 'pass',
    observed: expect.stringContaining('8 of 9 new lines covered'),
  })
  expect(await judged(changed(['src/a.js', '7-12']), newLines)).toMatchObject({
    outcome: 'fail',
    reason: '2 of 6 new lines are covered, at least 80 % must be; not covered: src/a.js (4 of 6)',
  })
  expect(await judged(changed(['src/new.js', '1-3'], ['src/new.test.js', '1-30']), newLines)).toMatchObject({
    outcome: 'fail',
    reason: '0 of 3 new lines are covered, at least 80 % must be; not covered: src/new.js (3 of 3)',
  })
  expect(await judged(changed(['srcs/b.js', '1-3'], ['src/a.js', '']), newLines)).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('no line of code changed in src'),
  })
})

test('what changed is not known: inconclusive, with why; where nothing runs, nothing is new', async () => {
  expect(
    await judged({ ...live, reports: [covers(1)], change: { problem: 'commit bbb is not in x' } }, newLines),
  ).toMatchObject({
    outcome: 'inconclusive',
    reason: 'what changed since the running release is not known: commit bbb is not in x',
    recheckAt: '2026-11-23T12:05:00.000Z',
  })
  expect(await judged({ ...live, reports: [covers(1)] }, newLines)).toMatchObject({ outcome: 'inconclusive' })
  expect(await judged([covers(1)], newLines)).toMatchObject({
    outcome: 'pass',
    reason: expect.stringContaining('nothing runs there yet'),
  })
})
