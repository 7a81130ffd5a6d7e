import type { Context } from './context.ts'
import type { Line } from './lines.ts'
import { printable, printableJson } from './printable.ts'

/** The option of every command that shows a log. */
export const timestamps = { says: 'put before each line when it came' } as const

/** A line as people read it, after the label of whose it is, and with nothing in it that could steer the terminal (A27). */
export function lineText({ at, text }: Line, label: string, stamped: boolean): string {
  return `${stamped ? `${at.toISOString()} ` : ''}${label}${printable(text)}`
}

/** Shows lines on stdout: as text, or with --json each as an object on a line of its own, with all that is told about it. */
export function lineWriter({ json }: Context, stamped: boolean): (line: Line, label: string) => void {
  return (line, label) => void process.stdout.write(`${json ? printableJson(line) : lineText(line, label, stamped)}\n`)
}
