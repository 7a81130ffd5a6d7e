import type { Refusal } from '../../core/refusal.ts'
import { printable } from '../printable.ts'

/** A refusal for people: what is wrong, each problem that the message does not tell itself on its line, and what to do next. */
export function refusalText({ code, reason, message, problems }: Refusal): string {
  const untold = problems.filter((problem) => !message.includes(problem.message))
  const places = untold.map((problem) => `  ${problem.at}: ${problem.message}`)
  const next = nextSteps[reason] ?? nextSteps[code]
  return printable([`lockflight: ${message}`, ...places, ...(next ? [`next: ${next}`] : [])].join('\n'))
}

/** By reason, or else by code; a message that already says what to do needs none. */
const nextSteps: Record<string, string> = {
  unauthenticated: 'log in with `lockflight login`, or set LOCKFLIGHT_TOKEN',
  approval_stale: 'look at it again with `lockflight why`, and answer again',
  rate_limited: 'wait a moment and try again',
  unreachable: '',
}
