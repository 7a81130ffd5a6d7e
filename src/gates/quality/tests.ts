import { z } from 'zod'
import { oneLine } from '../../core/one-line.ts'
import { testResults, type TestResults } from '../../core/report.ts'
import { firstOf, type PartVerdict } from './part-verdict.ts'

/** What may be asked of tests. */
export const testSettings = z.strictObject({
  'at-least': z.int().min(1).default(1).describe('How many tests must have run; skipped ones did not'),
  'failed-at-most': z.int().min(0).default(0).describe('How many of them may have failed'),
  'flaky-at-most': z.int().min(0).optional().describe('How many may have passed only when tried again'),
  'not-fewer': z.boolean().default(false).describe('Whether as many must have run as for the release that runs there'),
})

/** A report's tests as evidence. */
export const seenTests = testResults.refine(
  ({ total, passed, failed, skipped, flaky }) => passed + failed + skipped === total && flaky <= passed,
  'expected counts that add up',
)
type SeenTests = z.output<typeof seenTests>

const keptFailures = 20

/** All counts, and of the failures the first. */
export function seeTests({ failures, ...counts }: TestResults): SeenTests {
  const kept = failures.slice(0, keptFailures)
  return {
    ...counts,
    failures: kept.map(({ name, message }) => ({ name: oneLine(name, 300), message: oneLine(message, 300) })),
  }
}

/** Judges the tests of all reports together; `before` are those of the release that runs there, null when nothing does. */
export function judgeTests(
  settings: z.output<typeof testSettings>,
  tests: SeenTests[],
  before: Pick<SeenTests, 'total' | 'skipped'>[] | null,
): PartVerdict {
  const {
    'at-least': atLeast,
    'failed-at-most': atMost,
    'flaky-at-most': flakyAtMost,
    'not-fewer': notFewer,
  } = settings
  const expected = [
    `at least ${countOf(atLeast)}`,
    `at most ${atMost} failed`,
    ...(flakyAtMost === undefined ? [] : [`at most ${flakyAtMost} flaky`]),
    ...(notFewer ? ['not fewer than for the running release'] : []),
  ].join(', ')
  if (tests.length === 0) {
    return { expected, observed: 'no test report', failed: [], unknown: ['there is no test report'], notes: [] }
  }
  const ran = ranIn(tests)
  const sum = (of: 'failed' | 'skipped' | 'flaky') => tests.reduce((total, each) => total + each[of], 0)
  const [failed, flaky] = [sum('failed'), sum('flaky')]
  const fewer = notFewer ? compare(ran, before) : {}
  return {
    expected,
    observed: `${ran} ran, ${failed} failed, ${sum('skipped')} skipped${flaky > 0 ? `, ${flaky} flaky` : ''}`,
    failed: [
      ...(failed > atMost ? [`${failed} of ${countOf(ran)} failed${namesIn(tests, failed)}`] : []),
      ...(ran < atLeast ? [`${countOf(ran)} ran, at least ${atLeast} must`] : []),
      ...(flakyAtMost !== undefined && flaky > flakyAtMost
        ? [`${countOf(flaky)} passed only when tried again, at most ${flakyAtMost} may`]
        : []),
      ...(fewer.failed ?? []),
    ],
    unknown: fewer.unknown ?? [],
    notes: fewer.notes ?? [],
  }
}

function compare(ran: number, before: Pick<SeenTests, 'total' | 'skipped'>[] | null): Partial<PartVerdict> {
  if (before === null) return { notes: ['nothing runs there yet whose tests could be counted'] }
  if (before.length === 0) return { unknown: ['the running release has no test report to compare with'] }
  const earlier = ranIn(before)
  return ran < earlier ? { failed: [`${countOf(ran)} ran, ${earlier} did for the running release`] } : {}
}

function countOf(tests: number): string {
  return tests === 1 ? '1 test' : `${tests} tests`
}

function ranIn(tests: Pick<SeenTests, 'total' | 'skipped'>[]): number {
  return tests.reduce((sum, { total, skipped }) => sum + total - skipped, 0)
}

function namesIn(tests: SeenTests[], failed: number): string {
  const names = tests
    .flatMap(({ failures }) => failures)
    .map(({ name, message }) => (message === '' ? name : `${name} (${message})`))
  return names.length > 0 ? `: ${firstOf(names, failed, keptFailures)}` : ''
}
