import type { Outside } from '../core/gate.ts'
import type { Verification } from '../core/verification.ts'
import { commandVerificationConfig, createCommandVerification } from './command.ts'
import { createHttpVerification, httpConfig } from './http.ts'

/** What may stand in `verify` and `check`, with the settings of each. */
export const verifications = {
  http: { config: httpConfig },
  command: { config: commandVerificationConfig },
}

/** Every verification, ready to work. */
export function createVerifications(options: { outside: Outside }): Record<keyof typeof verifications, Verification> {
  return { http: createHttpVerification(options), command: createCommandVerification(options) }
}
