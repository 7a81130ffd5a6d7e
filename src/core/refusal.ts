/** Every kind of refusal; HTTP status and exit code follow from it. */
export const refusalCodes = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'unprocessable',
  'too_large',
  'rate_limited',
  'unavailable',
] as const
export type RefusalCode = (typeof refusalCodes)[number]

/** One place in a file or request that is wrong: where, what was expected, what was found. */
export interface Problem {
  /** `file:line:column` for files, a dotted path for requests. */
  at: string
  message: string
}

/** What a refusal may carry beside its code and message. */
export interface RefusalDetails {
  /** Stable machine-readable word below the code, such as `self_approval`; the code itself when absent. */
  reason?: string
  problems?: Problem[]
  cause?: unknown
}

/** A refusal the caller can act on; anything else that is thrown is a bug or an outage. The message is for people and names the thing, what was expected and what was found. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly reason: string
  readonly problems: Problem[]

  constructor(code: RefusalCode, message: string, details: RefusalDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Refusal'
    this.code = code
    this.reason = details.reason ?? code
    this.problems = details.problems ?? []
  }
}
