import type { ArtifactStore } from '../core/artifacts.ts'
import type { Deployer } from '../core/deployer.ts'
import type { Outside } from '../core/gate.ts'
import { commandConfig, createCommandDeployer } from './command.ts'
import { createProcessDeployer, processConfig } from './process.ts'

/** What may stand after `deploy: { use: … }`, with the settings of each. */
export const deployers = {
  process: { config: processConfig },
  command: { config: commandConfig },
}

/** Every deployer, ready to work; each environment's state is kept in a folder of its own below `folder`. */
export function createDeployers(options: {
  artifacts: ArtifactStore
  folder: string
  /** Existing folders that no release may see into. */
  hidden: string[]
  outside: Pick<Outside, 'command'>
}): Record<keyof typeof deployers, Deployer> {
  return { process: createProcessDeployer(options), command: createCommandDeployer(options) }
}
