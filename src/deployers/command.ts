import { z } from 'zod'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { Deployer, Inspection, Target } from '../core/deployer.ts'
import { seconds, timeLimit } from '../core/duration.ts'
import type { Outside } from '../core/gate.ts'
import { variableName } from '../core/names.ts'
import { readAnswered } from './answered.ts'
import { readCommandState } from './command-state.ts'
import { carryOut } from './execution.ts'
import { executionFolder, scriptOutput } from './order.ts'
import { readOutput } from './output-file.ts'
import { targetFolder } from './target.ts'

const inspectSeconds = 30

/** Settings of the `command` deployer. */
export const commandConfig = z.strictObject({
  run: z
    .string()
    .min(1)
    .describe(
      'A script for bash, run with -e -o pipefail for every phase (see $LOCKFLIGHT_PHASE). It may write JSON to $LOCKFLIGHT_ANSWER: `url`, `candidateUrl`',
    ),
  timeout: timeLimit.default('10m').describe('After this time the script and all it started are ended'),
  env: z.record(variableName, z.string()).default({}).describe('Environment variables'),
  idempotent: z
    .boolean()
    .default(false)
    .describe('The script may run again after it was interrupted; otherwise an interruption is a failure'),
  inspect: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A script that writes JSON to $LOCKFLIGHT_ANSWER: `release` (sha256:…; left out when nothing runs), `url`, `candidateUrl`, as they are now',
    ),
})
type CommandConfig = z.infer<typeof commandConfig>

/** Deploys with any script. Everything it needs to know arrives as environment variables; artifacts as paths of checked files. */
export function createCommandDeployer({
  artifacts,
  folder,
  outside,
}: {
  artifacts: ArtifactStore
  folder: string
  outside: Pick<Outside, 'command'>
}): Deployer<CommandConfig> {
  return {
    config: commandConfig,
    async deploy(config, request) {
      const { run, env, idempotent } = config
      const work = {
        use: 'command',
        config: { run, env, idempotent, timeoutSeconds: seconds(config.timeout) },
      } as const
      const needs = request.release.artifacts.map(({ name }) => name)
      const result = await carryOut({ artifacts, folder, request, work, needs })
      return result.outcome === 'succeeded' ? { ...result, observed: await inspect(config, request) } : result
    },
    async output(request, from) {
      return readOutput(scriptOutput(executionFolder(targetFolder(folder, request), request)), from)
    },
    inspect,
  }

  async function inspect({ inspect: script, env }: CommandConfig, target: Target): Promise<Inspection> {
    const known = await readCommandState(targetFolder(folder, target))
    if (script === undefined) return { release: 'unknown', ...known }
    const variables = { ...env, LOCKFLIGHT_PROJECT: target.project, LOCKFLIGHT_ENVIRONMENT: target.environment }
    const { exitCode, output, answer } = await outside.command(script, variables, inspectSeconds)
    if (exitCode !== 0) {
      throw new Error(`the inspect script ended with exit code ${exitCode}: ${output.trim().slice(-500)}`)
    }
    const answered = readAnswered(answer)
    return {
      release: answered.release ?? null,
      url: answered.url ?? known.url,
      candidateUrl: answered.candidateUrl ?? known.candidateUrl,
    }
  }
}
