import type { z } from 'zod'
import type { DeployRequest, Inspection } from './deployer.ts'

/** Percent of the traffic; the two add up to 100. */
export interface Weights {
  live: number
  candidate: number
}

/** A shift within one attempt; `step` grows with each, so that a late one can be told from the latest. */
export interface ShiftRequest extends DeployRequest {
  step: number
}

/** Moves traffic between the live and the new release. */
export interface Router<Config = unknown> {
  config: z.ZodObject & z.ZodType<Config>
  /** Returns when the weights are in force; a throw means they may not be. Idempotent. Refuses a step before one it has seen, when it can tell. */
  shift(config: Config, request: ShiftRequest, where: Inspection, weights: Weights): Promise<void>
  /** The weights in force; null when the router cannot tell. */
  read(config: Config, request: DeployRequest): Promise<Weights | null>
}
