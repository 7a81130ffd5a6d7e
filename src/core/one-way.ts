import { z } from 'zod'
import { slug } from './names.ts'

/** A change that a release makes where it runs and that no earlier release can live with. */
export const oneWayChange = z.strictObject({
  id: slug.describe('A name of its own; it stays in the file for as long as releases before it may be asked for'),
  reason: z.string().min(1).max(500).describe('What earlier releases cannot live with'),
  instead: z.string().min(1).max(500).optional().describe('What to do instead of rolling back'),
})
export type OneWayChange = z.output<typeof oneWayChange>

/** One deployment, however it ended, of a release that makes such changes. */
export interface OneWayDeployment {
  fence: number
  version: string
  changes: OneWayChange[]
}

/** A change that lies between a release and what was deployed since; `version` is the release that made it. */
export type CrossedChange = OneWayChange & { version: string }

/**
 * The changes that were made in an environment since a release was healthy there last, and that it does not make
 * itself: what would break when it came back. `healthyFence` is the fence of that last time, 0 when it never was.
 * A deployment that failed counts, because nobody knows how far it came.
 */
export function crossedChanges(
  target: { oneWay?: OneWayChange[] },
  { healthyFence, deployments }: { healthyFence: number; deployments: OneWayDeployment[] },
): CrossedChange[] {
  const known = new Set([
    ...(target.oneWay ?? []).map(({ id }) => id),
    ...deployments.filter(({ fence }) => fence <= healthyFence).flatMap(({ changes }) => changes.map(({ id }) => id)),
  ])
  const since = deployments.filter(({ fence }) => fence > healthyFence).toSorted((a, b) => a.fence - b.fence)
  const crossed = new Map<string, CrossedChange>()
  for (const { version, changes } of since) {
    for (const change of changes) {
      if (!known.has(change.id) && !crossed.has(change.id)) crossed.set(change.id, { ...change, version })
    }
  }
  return [...crossed.values()]
}

const mostShown = 10

/** Why a release cannot come back to an environment, and what to do instead, for people. */
export function crossedText(
  crossed: CrossedChange[],
  { version, environment }: { version: string; environment: string },
) {
  const first = crossed.slice(0, mostShown)
  const rest = crossed.length > mostShown ? ` and ${crossed.length - mostShown} more` : ''
  const changes = `${first.map((each) => `${each.id} by ${each.version} (${each.reason})`).join(', ')}${rest}`
  const instead = first.flatMap(({ instead: advice }) => advice ?? [])
  return {
    reason: `${version} cannot come back to ${environment} across a one-way change: ${changes}`,
    instead: [...instead, 'ship a release that mends it'].join('; or '),
  }
}
