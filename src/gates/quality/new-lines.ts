import { z } from 'zod'
import { countLines, readLineRanges, unitedLines } from '../../core/line-ranges.ts'
import type { SourceChange } from '../../core/source-change.ts'
import { firstOf, type PartVerdict } from './part-verdict.ts'

/** What changed since the release that runs there, as evidence: each file with its number of changed lines; null when nothing runs there. */
export const seenChange = z
  .union([
    z.strictObject({ files: z.array(z.strictObject({ path: z.string(), lines: z.int().min(0) })) }),
    z.strictObject({ problem: z.string() }),
  ])
  .nullable()
export type SeenChange = z.output<typeof seenChange>

/** How many lines of which file changed; that nobody asked is a problem too. */
export function seeChange(change: SourceChange | null): NonNullable<SeenChange> {
  if (!change) return { problem: 'git was not asked yet' }
  if ('problem' in change) return change
  return { files: change.files.map(({ path, lines }) => ({ path, lines: countLines(readLineRanges(lines)) })) }
}

interface Settings {
  'at-least': number
  in: string[]
  except: string[]
}
interface Covered {
  changed: { path: string; covered: string; uncovered: string }[]
}

/** Lays the changed lines over what the tests reached: a line is covered when one report says so; a file that no report knows is not. */
export function judgeNewLines(
  settings: Settings,
  coverage: Covered[],
  change: SeenChange,
): Omit<PartVerdict, 'expected' | 'observed'> & { observed: string[] } {
  const nothing = { observed: [], failed: [], unknown: [], notes: [] }
  if (change === null) return { ...nothing, notes: ['nothing runs there yet that new lines could be told from'] }
  if ('problem' in change) {
    return { ...nothing, unknown: [`what changed since the running release is not known: ${change.problem}`] }
  }
  const known = knownFiles(coverage)
  const files = change.files
    .filter(({ path, lines }) => lines > 0 && needsCoverage(path, settings))
    .map(({ path, lines }) => ({ path, ...linesOf(known.get(path), lines) }))
  const total = files.reduce((sum, each) => sum + each.total, 0)
  const covered = files.reduce((sum, each) => sum + each.covered, 0)
  if (total === 0) return { ...nothing, notes: [`no line of code changed in ${settings.in.join(' or ')}`] }
  const observed = [`${covered} of ${total} new lines covered`]
  if (100 * covered >= settings['at-least'] * total) return { ...nothing, observed }
  const missing = files
    .filter((each) => each.covered < each.total)
    .toSorted((a, b) => b.total - b.covered - (a.total - a.covered))
    .map(({ path, total: all, covered: reached }) => `${path} (${all - reached} of ${all})`)
  const failed = [
    `${covered} of ${total} new lines are covered, at least ${settings['at-least']} % must be; not covered: ${firstOf(missing)}`,
  ]
  return { ...nothing, observed, failed }
}

function needsCoverage(path: string, settings: Settings): boolean {
  const inside = settings.in.some((folder) => folder === '.' || `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`))
  return inside && !settings.except.some((ending) => path.endsWith(ending))
}

type KnownFile = Covered['changed'][number]

/** What every report says of each file that changed. */
function knownFiles(coverage: Covered[]): Map<string, KnownFile[]> {
  const known = new Map<string, KnownFile[]>()
  for (const file of coverage.flatMap(({ changed }) => changed)) {
    known.set(file.path, [...(known.get(file.path) ?? []), file])
  }
  return known
}

function linesOf(known: KnownFile[] | undefined, lines: number): { covered: number; total: number } {
  if (!known) return { covered: 0, total: lines }
  const covered = unitedLines(known.flatMap((file) => readLineRanges(file.covered)))
  const all = unitedLines([...covered, ...known.flatMap((file) => readLineRanges(file.uncovered))])
  return { covered: countLines(covered), total: countLines(all) }
}
