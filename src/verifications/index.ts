import type { Outside } from '../core/gate.ts'
import type { Verification } from '../core/verification.ts'
import { commandVerificationConfig, createCommandVerification } from './command.ts'
import { httpConfig, httpVerification } from './http.ts'

/** What may stand in `verify` and `check`, with the settings of each. */
export const verifications = {
  http: { config: httpConfig },
  command: { config: commandVerificationConfig },
}

/** Every verification, ready to work. */
export function createVerifications(options: {
  outside: Pick<Outside, 'command'>
}): Record<keyof typeof verifications, Verification> {
  return { http: httpVerification, command: createCommandVerification(options) }
}
