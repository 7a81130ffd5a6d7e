import { z } from 'zod'
import type { Deployer, DeployRequest, Phase } from '../../src/core/deployer.ts'
import type { Digest } from '../../src/core/digest.ts'

/** One thing a target was really told to do. */
export interface Execution {
  promotion: string
  attempt: number
  phase: Phase
  fence: number
  release: Digest
}

interface Target {
  deployer: Deployer
  executions: Execution[]
  /** What runs where. */
  live: Map<string, Digest>
  /** Releases that do not start. */
  broken: Set<string>
  /** What happens whenever the target is told to do something, before it does. */
  before?: (request: DeployRequest) => Promise<void>
}

/** A target in memory that keeps its own append-only log, refuses older fences and does nothing twice. */
export function createTarget(): Target {
  const executions: Execution[] = []
  const fences = new Map<string, number>()
  const live: Target['live'] = new Map()
  const broken: Target['broken'] = new Set()

  const deploy = async (request: DeployRequest) => {
    const { promotion, attempt, phase, fence, release, environment } = request
    if (fence < (fences.get(environment) ?? 0)) {
      return { outcome: 'failed' as const, reason: `fence ${fence} is older than ${fences.get(environment)}` }
    }
    fences.set(environment, fence)
    if (!executions.some((old) => old.promotion === promotion && old.attempt === attempt && old.phase === phase)) {
      executions.push({ promotion, attempt, phase, fence, release: release.digest })
    }
    if (broken.has(release.digest)) return { outcome: 'failed' as const, reason: 'it does not start' }
    if (phase === 'replace' || phase === 'finish') live.set(environment, release.digest)
    return { outcome: 'succeeded' as const, observed: observe(environment) }
  }
  const observe = (environment: string) => ({
    release: live.get(environment) ?? null,
    url: null,
    candidateUrl: null,
  })
  const deployer: Deployer = {
    config: z.strictObject({}),
    async deploy(_, request) {
      await target.before?.(request)
      return deploy(request)
    },
    async takeDown(_, { environment, fence }) {
      if (fence >= (fences.get(environment) ?? 0)) live.delete(environment)
    },
    inspect: async (_, { environment }) => observe(environment),
  }
  const target: Target = { deployer, executions, live, broken }
  return target
}
