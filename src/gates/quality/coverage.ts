import { z } from 'zod'
import { commonLines, lineRangesText, readLineRanges } from '../../core/line-ranges.ts'
import { insidePath } from '../../core/names.ts'
import { coverageCount, type CoverageResults } from '../../core/report.ts'
import type { SourceChange } from '../../core/source-change.ts'
import { judgeNewLines, type SeenChange } from './new-lines.ts'
import type { PartVerdict } from './part-verdict.ts'

const percent = z.number().min(0).max(100)

/** What may be asked of coverage. */
export const coverageSettings = z
  .strictObject({
    'lines-at-least': percent.optional().describe('Percent of all lines that tests must reach'),
    'branches-at-least': percent.optional().describe('Percent of all branches'),
    'drop-at-most': percent
      .optional()
      .describe('How many percentage points of lines and branches less than the release that runs there; 0: not lower'),
    'new-lines': z
      .strictObject({
        'at-least': percent.describe('Percent of the lines changed since the release that runs there'),
        in: z
          .array(insidePath)
          .min(1)
          .describe(
            'Folders with code that tests must reach; a changed file there that no report knows is not covered',
          ),
        except: z
          .array(z.string().min(1).max(100))
          .default([])
          .describe('Endings of file names that need no coverage, such as .test.ts'),
      })
      .optional(),
  })
  .refine((settings) => Object.keys(settings).length > 0, 'expected at least one condition on coverage')

/** A report's coverage as evidence. */
export const seenCoverage = z.strictObject({
  lines: coverageCount,
  branches: coverageCount.nullable(),
  /** Of the files that changed: those of their changed lines that hold code. */
  changed: z.array(z.strictObject({ path: z.string(), covered: z.string(), uncovered: z.string() })),
})
type SeenCoverage = z.output<typeof seenCoverage>
type Totals = Pick<SeenCoverage, 'lines' | 'branches'>

/** The totals, and line by line only what changed. */
export function seeCoverage({ lines, branches, files }: CoverageResults, change: SourceChange | null): SeenCoverage {
  const changes = new Map(
    change && 'files' in change ? change.files.map((file) => [file.path, readLineRanges(file.lines)] as const) : [],
  )
  const changed = files.flatMap(({ path, ...of }) => {
    const changedLines = changes.get(path)
    if (!changedLines) return []
    const within = (text: string) => lineRangesText(commonLines(readLineRanges(text), changedLines))
    return [{ path, covered: within(of.covered), uncovered: within(of.uncovered) }]
  })
  return { lines, branches, changed }
}

/** Judges the coverage of all reports together; `before` is that of the release that runs there, null when nothing does. */
export function judgeCoverage(
  settings: z.output<typeof coverageSettings>,
  coverage: SeenCoverage[],
  { before, change }: { before: Totals[] | null; change: SeenChange },
): PartVerdict {
  const newLines = settings['new-lines']
  const drop = settings['drop-at-most']
  const asked = (['lines', 'branches'] as const).map((of) => ({ of, atLeast: settings[`${of}-at-least`] }))
  const expected = [
    ...asked.flatMap(({ of, atLeast }) => (atLeast === undefined ? [] : [`${atLeast} % of ${of} covered`])),
    ...(drop === undefined
      ? []
      : [drop === 0 ? 'not less than before' : `at most ${drop} ${drop === 1 ? 'point' : 'points'} less than before`]),
    ...(newLines ? [`${newLines['at-least']} % of new lines covered`] : []),
  ].join(', ')
  if (coverage.length === 0) {
    const unknown = ['there is no coverage report']
    return { expected, observed: 'no coverage report', failed: [], unknown, notes: [] }
  }
  const parts = [
    ...asked.map(({ of, atLeast }) => atLeastOf(of, share(coverage, of), atLeast)),
    ...(drop === undefined ? [] : asked.map(({ of }) => notLower(of, share(coverage, of), { before, drop }))),
    ...(newLines ? [judgeNewLines(newLines, coverage, change)] : []),
  ]
  const all = (of: 'failed' | 'unknown' | 'notes' | 'observed') => parts.flatMap((part) => part[of] ?? [])
  const observed = asked.flatMap(({ of }) => {
    const now = share(coverage, of)
    return now === null ? [] : [`${shown(now)} of ${of} covered`]
  })
  return {
    expected,
    observed: [...observed, ...all('observed')].join(', '),
    failed: all('failed'),
    unknown: [...new Set(all('unknown'))],
    notes: [...new Set(all('notes'))],
  }
}

/** Percent over all reports; null when there is nothing to count. */
function share(coverage: Totals[], of: 'lines' | 'branches'): number | null {
  const counts = coverage.flatMap((each) => each[of] ?? [])
  const total = counts.reduce((sum, count) => sum + count.total, 0)
  return total === 0 ? null : (100 * counts.reduce((sum, { covered }) => sum + covered, 0)) / total
}

function atLeastOf(of: string, now: number | null, atLeast: number | undefined): Partial<PartVerdict> {
  if (atLeast === undefined) return {}
  if (now === null) return { unknown: [`the coverage reports count no ${of}`] }
  return now < atLeast ? { failed: [`${shown(now)} of ${of} are covered, at least ${atLeast} % must be`] } : {}
}

function notLower(
  of: 'lines' | 'branches',
  now: number | null,
  { before, drop }: { before: Totals[] | null; drop: number },
): Partial<PartVerdict> {
  if (before === null) return { notes: ['nothing runs there yet whose coverage could be compared'] }
  if (before.length === 0) return { unknown: ['the running release has no coverage report to compare with'] }
  const earlier = share(before, of)
  // Tools that count no branches never did.
  if (earlier === null) return {}
  if (now === null) return { unknown: [`the coverage reports count no ${of}, those of the running release do`] }
  // Less than a millionth of a point is not a drop but arithmetic.
  if (now + drop >= earlier - 1e-6) return {}
  return { failed: [`${shown(now)} of ${of} are covered, ${shown(earlier)} were for the running release`] }
}

function shown(percentage: number): string {
  // Rounded down, so that 79.99 never looks like the 80 that was asked for.
  return `${Math.floor(percentage * 100) / 100} %`
}
