import type { z } from 'zod'
import type { DeployRequest, Inspection } from './deployer.ts'

/** What one verification found; there is no third outcome. */
export interface VerificationResult {
  outcome: 'pass' | 'fail'
  /** What was asked and what came back, for people. */
  reason: string
}

/** Proof after deploying, or between the steps of a rollout. */
export interface Verification<Config = unknown> {
  config: z.ZodObject & z.ZodType<Config>
  /** Tries until it passes or its own time is up; a check that cannot be made is a `fail`. */
  check(config: Config, request: DeployRequest, where: Inspection): Promise<VerificationResult>
}
