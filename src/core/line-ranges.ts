/** Lines of a file, as ascending ranges that do not touch: first and last line of each. */
export type LineRanges = [first: number, last: number][]

/** Ascending line numbers in their short spelling: 3, 4, 5 and 9 are `3-5,9`; none are the empty text. */
export function rangesOf(lines: readonly number[]): string {
  const ranges: string[] = []
  for (let start = 0; start < lines.length;) {
    let end = start
    while (lines[end + 1] === lines[end]! + 1) end++
    ranges.push(end === start ? `${lines[start]}` : `${lines[start]}-${lines[end]}`)
    start = end + 1
  }
  return ranges.join(',')
}

/** Reads that spelling; throws on anything else, so that a line cannot get lost. */
export function readLineRanges(text: string): LineRanges {
  if (text === '') return []
  return text.split(',').map((part) => {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? []
    if (first === undefined || Number(first) > Number(last)) throw new Error(`expected line ranges, found ${part}`)
    return [Number(first), Number(last)]
  })
}

/** Ranges in that spelling, in the order they are given. */
export function lineRangesText(ranges: LineRanges): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** The lines in any of these, in any order and overlapping as they may. */
export function unitedLines(ranges: LineRanges): LineRanges {
  const united: LineRanges = []
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = united.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else united.push([first, last])
  }
  return united
}

/** The lines in both. */
export function commonLines(one: LineRanges, other: LineRanges): LineRanges {
  const common: LineRanges = []
  for (let [i, j] = [0, 0]; i < one.length && j < other.length;) {
    const [a, b] = [one[i]!, other[j]!]
    if (Math.max(a[0], b[0]) <= Math.min(a[1], b[1])) common.push([Math.max(a[0], b[0]), Math.min(a[1], b[1])])
    if (a[1] < b[1]) i += 1
    else j += 1
  }
  return common
}

/** How many lines there are. */
export function countLines(ranges: LineRanges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}
