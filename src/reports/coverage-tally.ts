import { rangesOf } from '../core/line-ranges.ts'
import type { CoverageResults } from '../core/report.ts'
import { Contradiction } from './untrusted.ts'

/** The most that is kept of one report; more is refused, because a gate judges by all of it. */
const limits = { files: 20_000, lines: 2_000_000 }

interface FileCoverage {
  /** Whether each line with code was reached. */
  lines: Map<number, boolean>
  branches: Map<string, { covered: number; total: number }>
}

/** Adds up coverage file by file; what is said of a line twice counts once, as reached when any says so. */
export class CoverageTally {
  readonly #files = new Map<string, FileCoverage>()
  #lines = 0

  /** The file of that path, as far as it is known. */
  file(path: string): FileCoverage {
    const known = this.#files.get(path)
    if (known) return known
    if (this.#files.size === limits.files) {
      throw new Contradiction(`expected at most ${limits.files} files, found more; report each part by itself`)
    }
    const file: FileCoverage = { lines: new Map(), branches: new Map() }
    this.#files.set(path, file)
    return file
  }

  /** That a line holds code, and whether it was reached. */
  line({ lines }: FileCoverage, number: number, reached: boolean): void {
    const before = lines.get(number)
    if (before === undefined && ++this.#lines > limits.lines) {
      throw new Contradiction(`expected at most ${limits.lines} lines, found more; report each part by itself`)
    }
    if (before !== true) lines.set(number, reached)
  }

  /** What can branch at a place of the file, and how much of it was reached. */
  branch({ branches }: FileCoverage, place: string, { covered, total }: { covered: number; total: number }): void {
    const before = branches.get(place)
    if (!before && ++this.#lines > limits.lines) {
      throw new Contradiction(`expected at most ${limits.lines} branches, found more; report each part by itself`)
    }
    branches.set(place, {
      covered: Math.max(covered, before?.covered ?? 0),
      total: Math.max(total, before?.total ?? 0),
    })
  }

  /** The whole; without a single line it says nothing, and is refused. */
  results(): CoverageResults {
    const files = [...this.#files].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([path, file]) => fileText(path, file))
    const each = [...this.#files.values()]
    const lines = sumOf(each.map((file) => linesIn(file)))
    const branches = sumOf(each.flatMap((file) => [...file.branches.values()]))
    if (lines.total === 0) throw new Contradiction('expected at least one line of code, found none')
    return { lines, branches: branches.total === 0 ? null : branches, files }
  }
}

/** How many of a file's lines hold code, and how many of them were reached. */
export function linesIn({ lines }: FileCoverage): { covered: number; total: number } {
  let covered = 0
  for (const reached of lines.values()) if (reached) covered++
  return { covered, total: lines.size }
}

/** Both counts of all of them. */
export function sumOf(counts: { covered: number; total: number }[]): { covered: number; total: number } {
  let [covered, total] = [0, 0]
  for (const count of counts) {
    covered += count.covered
    total += count.total
  }
  return { covered, total }
}

function fileText(path: string, { lines }: FileCoverage) {
  const numbers = [...lines.keys()].toSorted((a, b) => a - b)
  return {
    path,
    covered: rangesOf(numbers.filter((number) => lines.get(number))),
    uncovered: rangesOf(numbers.filter((number) => !lines.get(number))),
  }
}
