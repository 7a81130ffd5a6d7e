import { z } from 'zod'
import { readAnswer } from '../core/answer.ts'
import { deployVariables, inspectionVariables } from '../core/deploy-variables.ts'
import { seconds, timeLimit } from '../core/duration.ts'
import type { Outside } from '../core/gate.ts'
import { variableName } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'
import type { Router } from '../core/router.ts'

/** Settings of the `command` router. */
export const commandRouterConfig = z.strictObject({
  run: z
    .string()
    .min(1)
    .describe(
      'A script for bash that puts $LOCKFLIGHT_WEIGHT_LIVE and $LOCKFLIGHT_WEIGHT_CANDIDATE (percent) in force for $LOCKFLIGHT_URL and $LOCKFLIGHT_CANDIDATE_URL. It may be called again with the same weights',
    ),
  read: z
    .string()
    .min(1)
    .optional()
    .describe('A script that writes JSON to $LOCKFLIGHT_ANSWER: `live` and `candidate`, the percentages in force'),
  timeout: timeLimit.default('1m').describe('After this time a script is ended, and the shift has failed'),
  env: z.record(variableName, z.string()).default({}).describe('Environment variables'),
})
type CommandRouterConfig = z.infer<typeof commandRouterConfig>

const percent = z.int().min(0).max(100)
const weights = z
  .strictObject({ live: percent, candidate: percent })
  .refine(({ live, candidate }) => live + candidate === 100, 'expected `live` and `candidate` to add up to 100')

/** Shifts traffic with any script. */
export function createCommandRouter({ outside }: { outside: Pick<Outside, 'command'> }): Router<CommandRouterConfig> {
  return {
    config: commandRouterConfig,

    async shift({ run, env, timeout }, request, where, { live, candidate }) {
      const variables = {
        ...env,
        ...deployVariables(request),
        ...inspectionVariables(where),
        LOCKFLIGHT_STEP: String(request.step),
        LOCKFLIGHT_WEIGHT_LIVE: String(live),
        LOCKFLIGHT_WEIGHT_CANDIDATE: String(candidate),
      }
      await demandSuccess(outside.command(run, variables, seconds(timeout)), 'router script')
    },

    async read({ read, env, timeout }, request) {
      if (read === undefined) return null
      const variables = { ...env, ...deployVariables(request) }
      const { answer } = await demandSuccess(
        outside.command(read, variables, seconds(timeout)),
        'read script of the router',
      )
      return readAnswer(answer, weights)
    },
  }
}

async function demandSuccess(running: ReturnType<Outside['command']>, what: string) {
  const result = await running
  if (result.exitCode === 0) return result
  const said = result.output.trim().slice(-1000) || 'it printed nothing'
  throw new Refusal('unavailable', `the ${what} ended with exit code ${result.exitCode}: ${said}`, {
    reason: 'script_failed',
  })
}
