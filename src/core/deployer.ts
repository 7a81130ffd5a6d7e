import type { z } from 'zod'
import type { Digest } from './digest.ts'
import type { Artifact, Source } from './release.ts'

/**
 * The parts of a deployment. `replace`: put the release in the place of the live one. The others serve rollouts
 * that shift traffic: `start` brings the release up beside the live one, `finish` makes it the live one and retires
 * the old, `discard` takes it away again.
 */
export const phases = ['replace', 'start', 'finish', 'discard'] as const
export type Phase = (typeof phases)[number]

/** Where something is deployed. */
export interface Target {
  project: string
  environment: string
}

/** Everything a deployer may know about one deployment. */
export interface DeployRequest extends Target {
  promotion: string
  attempt: number
  /** Refuse to act when this target has seen a higher one. */
  fence: number
  phase: Phase
  release: {
    digest: Digest
    version: string
    source: Source
    artifacts: Artifact[]
  }
  previous: Digest | null
}

/** Where one phase stands; `running` asks to be called again. */
export type DeployResult =
  | { outcome: 'running' }
  | { outcome: 'succeeded'; observed: Inspection }
  | { outcome: 'failed'; reason: string }

/** What a target reports about itself. */
export interface Inspection {
  /** The live release by digest; null when nothing runs, `unknown` when the deployer has no way to tell. */
  release: Digest | 'unknown' | null
  /** Where the live release answers, for people and checks. */
  url: string | null
  /** Where a started, not yet finished release answers. */
  candidateUrl: string | null
}

/** Puts releases into environments. */
export interface Deployer<Config = unknown> {
  config: z.ZodObject & z.ZodType<Config>
  /** Called again with the same request until it stops running: idempotent by (promotion, attempt, phase), also after a crash in the middle. */
  deploy(config: Config, request: DeployRequest): Promise<DeployResult>
  /** What one phase has printed from that byte on, a bounded part of it; `next` is the byte behind it, and `from` again when there is nothing more yet. */
  output?(request: DeployRequest, from: number): Promise<{ text: string; next: number }>
  /** Takes down what runs there, until the next deployment; does nothing when this target has seen a higher fence, or nothing runs. Absent where a deployer has no way to. */
  takeDown?(config: Config, target: Target & Pick<DeployRequest, 'fence'>): Promise<void>
  /** What runs there now. */
  inspect(config: Config, target: Target): Promise<Inspection>
}
