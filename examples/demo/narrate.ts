import { stripVTControlCharacters, styleText } from 'node:util'

const startedAt = performance.now()
let step = 0

/** Opens the next part of the story. */
export function chapter(title: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  print(`\n${paint('bold', `${++step}. ${title}`)} ${paint('dim', `(${seconds} s)`)}\n`)
}

/** A sentence or two of the story. */
export function tell(text: string): void {
  print(`${text}\n`)
}

/** Something another program said, set apart from the story. */
export function quote(text: string): void {
  const lines = text.trimEnd().split('\n')
  print(lines.map((line) => `   ${line}\n`).join(''))
}

/** A command as the reader would type it. */
export function typed(person: string, command: string): void {
  print(`\n${paint('dim', `${person} $`)} ${paint('cyan', command)}\n`)
}

/** One event of the log, as it happens. */
export function happened(line: string): void {
  print(`   ${paint('magenta', '▸')} ${stripVTControlCharacters(line)}\n`)
}

function paint(style: 'bold' | 'dim' | 'cyan' | 'magenta', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

function print(text: string): void {
  process.stdout.write(text)
}
