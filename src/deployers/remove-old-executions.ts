import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readClaims } from './claim.ts'
import { readOrder, readOutcome } from './order.ts'

/** How many executions keep their files: what the scripts printed, and how they ended. */
const kept = 50
/** The most that are removed at a time. */
const atOnce = 100

/** Removes the files of executions that ended long ago, at most so many; never of one that a claim still speaks of, because it may be asked for again. */
export async function removeOldExecutions(target: string): Promise<void> {
  const executions = join(target, 'executions')
  const claimed = new Set((await readClaims(target)).map(({ fence }) => fence))
  const names = await readdir(executions)
  if (names.length <= kept) return
  const ended: { folder: string; fence: number }[] = []
  for (const name of names) {
    const folder = join(executions, name)
    const fence = (await readOrder(folder))?.request.fence
    if (fence !== undefined && !claimed.has(fence) && (await readOutcome(folder))) ended.push({ folder, fence })
  }
  const old = ended.toSorted((a, b) => a.fence - b.fence).slice(0, Math.min(names.length - kept, atOnce))
  for (const { folder } of old) await rm(folder, { recursive: true, force: true })
}
