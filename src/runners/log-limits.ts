/** How much of what a job prints is kept; in UTF-16 units. */
export interface LogLimits {
  line: number
  total: number
}

/** Lines of 16 Ki, a log of 64 Mi. */
export const defaultLogLimits: LogLimits = { line: 16_384, total: 64 * 1024 ** 2 }

/** Cuts long lines and, in the end, the rest of the log, and says in the log what was cut. */
export interface LogCutter {
  push(text: string): string
  /** Says what the unfinished last line lost; the next text begins a line. */
  endLine(): string
}

/** A cutter for one job's whole log. */
export function createLogCutter({ line, total }: LogLimits): LogCutter {
  let length = 0
  let lost = 0
  let kept = 0
  let full = false

  const noteLost = () => {
    const note = lost > 0 ? ` … [${lost} more characters in this line were cut]` : ''
    length = 0
    lost = 0
    return note
  }

  const cutLine = (text: string) => {
    const room = Math.max(0, line - length)
    const shown = text.length > room ? withoutHalfPair(text.slice(0, room)) : text
    length += text.length
    lost += text.length - shown.length
    return shown
  }

  const cutLines = (text: string) => {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    return lines.map((one) => `${cutLine(one)}${noteLost()}\n`).join('') + cutLine(last)
  }

  const cutTotal = (text: string) => {
    if (full) return ''
    kept += text.length
    if (kept <= total) return text
    full = true
    const shown = withoutHalfPair(text.slice(0, Math.max(0, text.length - (kept - total))))
    return `${shown}\n[the log is cut here, after ${total} characters; the job goes on]\n`
  }

  return { push: (text) => (full ? '' : cutTotal(cutLines(text))), endLine: () => cutTotal(noteLost()) }
}

function withoutHalfPair(text: string): string {
  return /[\uD800-\uDBFF]$/.test(text) ? text.slice(0, -1) : text
}
