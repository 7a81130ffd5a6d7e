import { Refusal } from '../core/refusal.ts'

/** What it means to people when a constraint of the schema says no, by its name. */
const meanings: Record<string, string> = {
  revision_number: 'someone else applied a configuration at the same moment; look at the difference again',
  release_version: 'another release of this project already has this version',
  run_number: 'someone else started a run at the same moment; start it again',
  run_final: 'this run has ended and cannot change any more',
  environment_fence: 'a newer deployment has taken this environment',
  promotion_waiting: 'this release is already waiting for this environment',
  promotion_active: 'another promotion is being deployed to this environment',
  promotion_final: 'this promotion has ended and cannot change any more',
  approval_once: 'this answer was already given',
  override_once: 'this override was confirmed or used by someone else at the same moment',
  deployment_attempt: 'this attempt was already started',
  deployment_running: 'another deployment is running in this environment',
  deployment_fence: 'a newer deployment has taken this environment',
  deployment_final: 'this deployment has ended and cannot change any more',
  member_email_once: 'this e-mail address belongs to another member',
  reply_once: 'a request with this Idempotency-Key is being answered or has been answered',
}

const outageReason = 'database_unavailable'
const uniqueViolation = '23505'
const restrictViolation = '23001'
const brokenText = '22021'

/** The refusal behind what the database or its driver threw; undefined for faults of ours and for what is tried again. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || error instanceof Refusal) return undefined
  const { code, constraint = '' } = error as { code?: string; constraint?: string }
  if (code === uniqueViolation || code === restrictViolation) {
    const meaning = Object.hasOwn(meanings, constraint) ? meanings[constraint] : undefined
    return new Refusal('conflict', meaning ?? `something else has the same ${constraint}`, {
      reason: constraint || 'conflict',
      cause: error,
    })
  }
  if (code === brokenText) return new Refusal('invalid', 'expected text without the character U+0000', { cause: error })
  if (isOutage(error)) return unavailable(error)
  return undefined
}

/** True for serialization failures and deadlocks: the same work may succeed when done again. */
export function isWorthRetrying(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === '40001' || code === '40P01'
}

/** The refusal for a database that does not answer. */
export function unavailable(cause: unknown): Refusal {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new Refusal('unavailable', `the database does not answer (${why}); ask again in a moment`, {
    reason: outageReason,
    cause,
  })
}

// Classes 08 connection, 53 no memory, disk or connections left, 57P being stopped or started, 57014 too slow, 58 system errors.
const outageCode =
  /^(08...|53...|57P0[1-5]|57014|58...|25P03|25P04|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|EAI_AGAIN|ENOTFOUND)$/
const outageMessage =
  /^(Connection terminated|timeout e|Query read timeout|Client (has encountered|was closed)|Cannot use a pool|the database system is)/

/** True when the database is away, stopping, starting or out of room: nobody's fault here, and it passes. */
export function isOutage(error: unknown): boolean {
  if (error instanceof Refusal) return error.reason === outageReason
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  return outageCode.test(code) || outageMessage.test(message)
}
