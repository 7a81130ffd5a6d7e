import { Refusal } from '../core/refusal.ts'

/** The one refusal of every reader: which kind of report it should have been, and where it is not that. */
export function untrusted(kind: string, found: string, cause?: unknown): Refusal {
  return new Refusal('unprocessable', `this ${kind} report cannot be trusted: ${found}`, {
    reason: 'report_invalid',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Something in a report that contradicts its format or itself; the entrance adds the place. */
export class Contradiction extends Error {
  override name = 'Contradiction'
}
