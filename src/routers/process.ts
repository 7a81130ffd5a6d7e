import { z } from 'zod'
import type { Target } from '../core/deployer.ts'
import type { Router, ShiftRequest, Weights } from '../core/router.ts'

/** Settings of the `process` router: none. */
export const processRouterConfig = z.strictObject({})

/** What divides the traffic of a local service; the `process` deployer brings it along. */
export interface Fronts {
  /** In force when it returns. */
  shift(request: ShiftRequest, weights: Weights): Promise<void>
  read(target: Target): Promise<Weights>
}

/** Shifts traffic at the front that the `process` deployer keeps before every local service. */
export function createProcessRouter({ fronts }: { fronts: Fronts }): Router<z.infer<typeof processRouterConfig>> {
  return {
    config: processRouterConfig,
    shift: async (_, request, __, weights) => fronts.shift(request, weights),
    read: async (_, request) => fronts.read(request),
  }
}
