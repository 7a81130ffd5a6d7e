import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readClaims } from './claim.ts'
import { retireOtherFronts } from './ensure-front.ts'
import { listInstances, stopInstance } from './instance.ts'
import { readProcessState, writeProcessState } from './process-state.ts'
import { stopGroup } from '../processes/stop-group.ts'

/** Ends everything the deployers started below that folder: deployments under way, services and their fronts. Their records stay, and the next deployment starts them again. */
export async function stopTargets(folder: string, graceSeconds: number): Promise<void> {
  for (const target of await targetsOf(folder)) await stopTarget(target, graceSeconds)
}

/** The same at one target, for good: what was live is not started again by the next deployment. Does nothing where one of a higher fence has begun. */
export async function takeTargetDown(
  target: string,
  { fence, graceSeconds }: { fence: number; graceSeconds: number },
): Promise<void> {
  const claims = await readClaims(target)
  if (claims.some((claim) => claim.fence > fence)) return
  const { port } = await readProcessState(target)
  // Nothing was ever deployed there.
  if (port === null) return
  await writeProcessState(target, { port, live: null, candidate: null })
  await stopTarget(target, graceSeconds)
}

async function stopTarget(target: string, graceSeconds: number): Promise<void> {
  for (const { holder } of await readClaims(target)) await stopGroup(holder, graceSeconds * 1000)
  const names = await listInstances(target)
  await retireOtherFronts(target, null)
  for (const name of names) await stopInstance(target, name, graceSeconds)
}

async function targetsOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const projects = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => join(folder, name))
  const targets = await Promise.all(
    projects.map(async (project) => (await readdir(project)).map((name) => join(project, name))),
  )
  return targets.flat()
}
