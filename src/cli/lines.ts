/** One line of a log, without its end. */
export interface Line {
  /** When its beginning came. */
  at: Date
  /** Counts the lines of the log, from 0. */
  sequence: number
  text: string
}

/** A log that comes in pieces, given on line by line. */
export interface Lines {
  /** A piece may end in the middle of a line. */
  add(text: string, at: Date): void
  /** Gives on what has no line end yet. */
  end(): void
}

/** Gives on the lines of one log, each once it is whole. */
export function createLines(write: (line: Line) => void): Lines {
  let rest = ''
  let begunAt: Date | null = null
  let sequence = 0
  const put = (text: string, at: Date) => {
    write({ at: begunAt ?? at, sequence, text: text.replace(/\r$/, '') })
    begunAt = null
    sequence += 1
  }
  return {
    add(text, at) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) put(line, at)
      if (rest !== '') begunAt ??= at
    },
    end() {
      if (begunAt !== null) put(rest, begunAt)
      rest = ''
    },
  }
}
