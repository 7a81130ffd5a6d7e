import { createFileArtifacts } from '../../src/artifacts/file-artifacts.ts'
import type { Deployer, DeployRequest } from '../../src/core/deployer.ts'
import { createCommandDeployer } from '../../src/deployers/command.ts'
import { createProcessDeployer } from '../../src/deployers/process.ts'
import { runCommand } from '../../src/runners/run-command.ts'

/** What this program is told in $JOB: one call of a deployer, made by a process that a test may kill. */
export interface Job {
  use: 'process' | 'command'
  folder: string
  store: string
  config: unknown
  request: DeployRequest
}

const { use, folder, store, config, request } = JSON.parse(process.env['JOB'] ?? '') as Job
const artifacts = createFileArtifacts({ folder: store })
const deployer: Deployer =
  use === 'process'
    ? createProcessDeployer({ artifacts, folder, hidden: [] })
    : createCommandDeployer({ artifacts, folder, outside: { command: runCommand } })
await deployer.deploy(config, request)
