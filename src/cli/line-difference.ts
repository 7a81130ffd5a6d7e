/** A line of two texts: of both, or only of the one before or after. */
export interface ComparedLine {
  of: 'both' | 'before' | 'after'
  line: string
}

/** What two texts have in common, line by line, and what only one of them has; what went stands before what came in its place. */
export function lineDifference(before: string[], after: string[]): ComparedLine[] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++
  const both = (lines: string[]) => lines.map((line) => ({ of: 'both', line }) as const)
  return [
    ...both(before.slice(0, start)),
    ...between(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...both(before.slice(before.length - end)),
  ]
}

/** Beyond this many comparisons all lines count as changed: the answer is longer then, and as true. */
const mostComparisons = 4_000_000

/** The longest common subsequence of lines, by the usual table of how much is common from each place on. */
function between(before: string[], after: string[]): ComparedLine[] {
  const columns = after.length + 1
  if (before.length * after.length > mostComparisons) return inTurn(before, after)
  const common = new Uint32Array((before.length + 1) * columns)
  const from = (row: number, column: number) => common[row * columns + column] ?? 0
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      common[row * columns + column] =
        before[row] === after[column]
          ? from(row + 1, column + 1) + 1
          : Math.max(from(row + 1, column), from(row, column + 1))
    }
  }
  const lines: ComparedLine[] = []
  let [row, column] = [0, 0]
  while (row < before.length && column < after.length) {
    const line = before[row] ?? ''
    if (line === after[column]) {
      lines.push({ of: 'both', line })
      row++
      column++
    } else if (from(row + 1, column) >= from(row, column + 1)) {
      lines.push({ of: 'before', line })
      row++
    } else {
      lines.push({ of: 'after', line: after[column] ?? '' })
      column++
    }
  }
  return [...lines, ...inTurn(before.slice(row), after.slice(column))]
}

function inTurn(before: string[], after: string[]): ComparedLine[] {
  return [
    ...before.map((line) => ({ of: 'before', line }) as const),
    ...after.map((line) => ({ of: 'after', line }) as const),
  ]
}
