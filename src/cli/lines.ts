import { printable } from './printable.ts'

/** Text that comes in pieces, given on as whole lines. */
export interface Lines {
  add(text: string): void
  /** Gives on what has no line end yet. */
  end(): void
}

/** Gives on whole lines with something in front of each; a piece may end in the middle of one. */
export function createLines(prefix: string, write: (line: string) => void): Lines {
  let rest = ''
  const put = (line: string) => write(prefix + printable(line.replace(/\r$/, '')))
  return {
    add(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(put)
    },
    end() {
      if (rest !== '') put(rest)
      rest = ''
    },
  }
}
