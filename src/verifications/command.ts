import { z } from 'zod'
import { deployVariables, inspectionVariables } from '../core/deploy-variables.ts'
import { seconds, timeLimit } from '../core/duration.ts'
import type { Outside } from '../core/gate.ts'
import { variableName } from '../core/names.ts'
import type { Verification } from '../core/verification.ts'

/** Settings of the `command` verification. */
export const commandVerificationConfig = z.strictObject({
  run: z
    .string()
    .min(1)
    .describe(
      'A script for bash; exit code 0 is a pass. It finds the release at $LOCKFLIGHT_URL, or at $LOCKFLIGHT_CANDIDATE_URL while it stands beside the live one',
    ),
  timeout: timeLimit.default('5m').describe('After this time the script is ended, and the check has failed'),
  env: z.record(variableName, z.string()).default({}).describe('Environment variables'),
})
type CommandVerificationConfig = z.infer<typeof commandVerificationConfig>

/** Lets any script say whether the deployed release works. */
export function createCommandVerification({
  outside,
}: {
  outside: Pick<Outside, 'command'>
}): Verification<CommandVerificationConfig> {
  return {
    config: commandVerificationConfig,
    async check({ run, env, timeout }, request, where) {
      const variables = { ...env, ...deployVariables(request), ...inspectionVariables(where) }
      try {
        const { exitCode, output } = await outside.command(run, variables, seconds(timeout))
        const said = output.trim().slice(-1000)
        return {
          outcome: exitCode === 0 ? 'pass' : 'fail',
          reason: `the script ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}`,
        }
      } catch (error) {
        // The contract of a verification: a check that cannot be made is a fail.
        return { outcome: 'fail', reason: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}
