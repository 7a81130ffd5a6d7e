import type { RefusalCode } from '../core/refusal.ts'

/** What the process ends with; scripts rely on these numbers. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  awaitingApproval: 4,
  timeout: 5,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
  /** 128 + SIGTERM. */
  terminated: 143,
} as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** The exit code of a refusal: `usage` when the request itself was wrong, `failed` for anything else. */
export function exitCodeOf(code: RefusalCode): ExitCode {
  return code === 'invalid' ? exitCodes.usage : exitCodes.failed
}
