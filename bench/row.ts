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
  const all = [head, ...rows.map(cells)]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The same table in Markdown. */
export function markdownTable(rows: Row[]): string {
  const line = (texts: string[]) => `| ${texts.join(' | ')} |`.replaceAll('  ', ' ')
  return [line(head), `|${'--|'.repeat(head.length)}`, ...rows.map((row) => line(cells(row)))].join('\n')
}

const head = ['what', 'ours', 'limit', 'ratio', 'target', '']

function cells({ what, ours, limit, ratio, target }: Row): string[] {
  return [what, ours, limit, `${ratio.toFixed(2)}×`, targetText(target), isMet(ratio, target) ? '' : 'missed']
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
