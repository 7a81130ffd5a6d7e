import { Refusal } from '../core/refusal.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-code.ts'
import { printable, printableJson } from './printable.ts'
import { refusalText } from './views/refusal-view.ts'

/** Tells what went wrong, on stderr, or as JSON on stdout where JSON was asked for. */
export function complain(error: unknown, json: boolean): ExitCode {
  if (!(error instanceof Refusal)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`lockflight: something broke: ${printable(text)}\n`)
    return exitCodes.failed
  }
  const { code, reason, message, problems } = error
  if (json) process.stdout.write(`${printableJson({ error: { code, reason, message, problems } }, 2)}\n`)
  else process.stderr.write(`${refusalText(error)}\n`)
  return exitCodeOf(code)
}
