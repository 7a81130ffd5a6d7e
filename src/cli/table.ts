import { width } from './width.ts'
import { wrapped } from './wrapped.ts'

/** Rows in columns as wide as their widest cell, two blanks between; colour codes take no room. The last column is not padded, and broken between words where the width is known. */
export function table(rows: string[][], columns?: number): string {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count - 1 }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ''))),
  )
  return rows.flatMap((row) => lines(row, widths, columns)).join('\n')
}

function lines(row: string[], widths: number[], columns: number | undefined): string[] {
  const lead = widths.map((room, column) => {
    const cell = row[column] ?? ''
    return `${cell}${' '.repeat(room - width(cell))}  `
  })
  return wrapped(lead.join(''), row[widths.length] ?? '', columns)
}
