import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Refusal } from '../core/refusal.ts'

/** Asks a yes-or-no question on stderr; anything but yes is no. */
export async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

/** One secret line: typed without an echo at a terminal, otherwise all of standard input. */
export async function readHidden(what: string): Promise<string> {
  const text = process.stdin.isTTY
    ? await typeHidden(what)
    : (await Array.fromAsync(process.stdin as AsyncIterable<Buffer>)).join('')
  const value = text.replace(/\r?\n$/, '')
  if (value === '') throw new Refusal('invalid', `expected ${what} on standard input; found nothing`)
  return value
}

async function typeHidden(what: string): Promise<string> {
  process.stderr.write(`${what}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
