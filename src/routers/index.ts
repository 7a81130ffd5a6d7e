import type { Outside } from '../core/gate.ts'
import type { Router } from '../core/router.ts'
import { commandRouterConfig, createCommandRouter } from './command.ts'
import { createProcessRouter, processRouterConfig, type Fronts } from './process.ts'

/** What may stand after `router: { use: … }`, with the settings of each, and the deployers that it is bound to. */
export const routers = {
  process: { config: processRouterConfig, deployers: ['process'] },
  command: { config: commandRouterConfig },
}

/** Every router, ready to work; `fronts` are those of the `process` deployer. */
export function createRouters(options: {
  outside: Pick<Outside, 'command'>
  fronts: Fronts
}): Record<keyof typeof routers, Router> {
  return { process: createProcessRouter(options), command: createCommandRouter(options) }
}
