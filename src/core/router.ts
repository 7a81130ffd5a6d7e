import type { z } from 'zod'
import type { DeployRequest, Inspection } from './deployer.ts'

/** Percent of the traffic; the two add up to 100. */
export interface Weights {
  live: number
  candidate: number
}

/** Moves traffic between the live and the new release. */
export interface Router<Config = unknown> {
  config: z.ZodObject & z.ZodType<Config>
  /** Returns when the weights are in force; a throw means they may not be. Idempotent. */
  shift(config: Config, request: DeployRequest, where: Inspection, weights: Weights): Promise<void>
  /** The weights in force; null when the router cannot tell. */
  read(config: Config, request: DeployRequest): Promise<Weights | null>
}
