import { z } from 'zod'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { Deployer, Inspection, Target } from '../core/deployer.ts'
import { durationWithin, seconds, timeLimit } from '../core/duration.ts'
import { artifactName, variableName } from '../core/names.ts'
import { carryOut } from './execution.ts'
import { runningFront } from './front-record.ts'
import { isHealthy } from './instance.ts'
import type { ProcessSettings } from './order.ts'
import { readOutput } from './output-file.ts'
import { readProcessState } from './process-state.ts'
import { takeTargetDown } from './stop-targets.ts'
import { attemptName, serviceOutput, targetFolder } from './target.ts'

/** Settings of the `process` deployer. */
export const processConfig = z.strictObject({
  artifact: artifactName.describe('The artifact to unpack: a tar file, gzipped or not'),
  run: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe(
      'What to start in the unpacked folder: a script for bash, or a program and its arguments. It must listen on 127.0.0.1:$PORT',
    ),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Where this environment answers on 127.0.0.1; a free one is chosen and kept when absent'),
  health: z
    .strictObject({
      path: z
        .string()
        .regex(/^\/[!-~]*$/, 'expected a path such as /healthz')
        .default('/')
        .describe('Must answer GET with 2xx'),
      timeout: timeLimit.default('30s').describe('How long a release may take to answer'),
    })
    .default({ path: '/', timeout: '30s' }),
  keep: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe(
      'How many unpacked releases stay on disk, the live one included; one that failed after it came up counts too. Rollbacks need none of them',
    ),
  env: z.record(variableName, z.string()).default({}).describe('Environment variables'),
  'stop-grace': durationWithin('0s', '1d')
    .default('10s')
    .describe('How long the old release may take to answer open requests and end'),
})
type ProcessConfig = z.infer<typeof processConfig>

/** Runs a release as a local HTTP service, one per environment, that outlives Lockflight: the new one starts beside the old, and a front moves the traffic once it is healthy. */
export function createProcessDeployer({
  artifacts,
  folder,
  hidden,
}: {
  artifacts: ArtifactStore
  folder: string
  /** Existing folders that no release may see into: keys, database, tokens. */
  hidden: string[]
}): Deployer<ProcessConfig> {
  return {
    config: processConfig,
    async deploy(config, request) {
      const image = request.release.artifacts.find(({ name }) => name === config.artifact)?.image
      if (image !== undefined) return { outcome: 'failed', reason: `${image} is a container image, and no tar file` }
      const work = { use: 'process', config: { ...settingsOf(config), hidden } } as const
      const needs = request.phase === 'start' || request.phase === 'replace' ? [config.artifact] : []
      const result = await carryOut({ artifacts, folder, request, work, needs })
      return result.outcome === 'succeeded' ? { ...result, observed: await inspect(request) } : result
    },
    async output(request, from) {
      // What a service prints belongs to the phase that brought it up.
      if (request.phase !== 'start' && request.phase !== 'replace') return { text: '', next: from }
      return readOutput(serviceOutput(targetFolder(folder, request), attemptName(request)), from)
    },
    takeDown: (config, { fence, ...target }) =>
      takeTargetDown(targetFolder(folder, target), { fence, graceSeconds: seconds(config['stop-grace']) }),
    inspect: async (_, target) => inspect(target),
  }

  async function inspect(place: Target): Promise<Inspection> {
    const target = targetFolder(folder, place)
    const { port, live, candidate } = await readProcessState(target)
    const front = port === null ? null : await runningFront(target, port)
    const isLive = front !== null && live !== null && (await isHealthy(target, live.name))
    const isReady = candidate !== null && (await isHealthy(target, candidate.name))
    return {
      release: isLive ? live.release : null,
      url: front ? `http://127.0.0.1:${front.port}` : null,
      candidateUrl: isReady ? `http://127.0.0.1:${candidate.port}` : null,
    }
  }
}

function settingsOf({
  artifact,
  run,
  port,
  health,
  keep,
  env,
  'stop-grace': grace,
}: ProcessConfig): Omit<ProcessSettings, 'hidden'> {
  const { path, timeout } = health
  return {
    artifact,
    run,
    port,
    keep,
    env,
    health: { path, timeoutSeconds: seconds(timeout) },
    stopGraceSeconds: seconds(grace),
  }
}
