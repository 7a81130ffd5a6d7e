/** One line of the table: what we take, what the limit or the peer takes in the same run, and how the two should relate. */
export interface Row {
  what: string
  /** With its unit. */
  ours: string
  /** What it is compared with, and its figure. */
  limit: string
  /** Ours divided by the limit. */
  ratio: number
  target: { atMost: number } | { atLeast: number } | null
}

/** The table for people; a ratio that misses its target is marked. */
export function tableText(rows: Row[]): string {
  const lines = rows.map(({ what, ours, limit, ratio, target }) => [
    what,
    ours,
    limit,
    `${ratio.toFixed(2)}×`,
    targetText(target),
    isMet(ratio, target) ? '' : 'missed',
  ])
  const all = [['what', 'ours', 'limit', 'ratio', 'target', ''], ...lines]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Whether the ratio is what it should be. */
export function isMet(ratio: number, target: Row['target']): boolean {
  if (target === null) return true
  return 'atMost' in target ? ratio <= target.atMost : ratio >= target.atLeast
}

function targetText(target: Row['target']): string {
  if (target === null) return ''
  return 'atMost' in target ? `≤ ${target.atMost}×` : `≥ ${target.atLeast}×`
}
