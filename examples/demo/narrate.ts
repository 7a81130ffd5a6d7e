import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { styleText } from 'node:util'

const startedAt = performance.now()
let chapters = 0

/** Opens the next part of the story. */
export function chapter(title: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
  print(`\n${paint('bold', `${++chapters}. ${title}`)} ${paint('dim', `(${seconds} s)`)}\n`)
}

/** A sentence or two of the story. */
export function tell(text: string): void {
  print(`\n${text}\n`)
}

/** Something another program said, set apart from the story. */
export function quote(text: string): void {
  print(text.trimEnd().replaceAll(/^(?=.)/gm, '   ') + '\n')
}

/** Hands on every line of a stream, and quotes it at once when it is to be shown. */
export function quoting(stream: Readable, take: (line: string) => void, shown: boolean): void {
  createInterface({ input: stream }).on('line', (line) => {
    take(line)
    if (shown) quote(line)
  })
}

/** A command as the reader would type it. */
export function typed(person: string, command: string): void {
  print(`\n${paint('dim', `${person} $`)} ${paint('cyan', command)}\n`)
}

/** One event of the log, as it happens. */
export function happened(type: string, about: string): void {
  print(`   ${paint('magenta', `▸ ${type}`)} ${about}\n`)
}

function paint(style: 'bold' | 'dim' | 'cyan' | 'magenta', text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

function print(text: string): void {
  process.stdout.write(text)
}
