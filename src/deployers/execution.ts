import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ArtifactStore } from '../core/artifacts.ts'
import type { DeployRequest } from '../core/deployer.ts'
import { Refusal } from '../core/refusal.ts'
import { fetchArtifacts } from './artifact-file.ts'
import { isUnderWay, overtakenBy, readClaims } from './claim.ts'
import { startProgram } from './detached.ts'
import { executionFolder, readOrder, readOutcome, writeOrder, type Outcome, type Work } from './order.ts'
import { lastLines } from './output-file.ts'
import { openTarget } from './target.ts'

/** How long one call waits for an execution to end before it answers `running`. */
const patienceMilliseconds = 5_000

/** One execution to carry out at a target below a folder. */
export interface Carrying {
  artifacts: ArtifactStore
  folder: string
  request: DeployRequest
  work: Work
  /** The names of the artifacts it needs as files. */
  needs: string[]
}

/** Has one execution carried out by a process of its own, or finds the one that already does it; it is never done twice. Throws when that process cannot work here at all. */
export async function carryOut(carrying: Carrying): Promise<Outcome | { outcome: 'running' }> {
  try {
    return await begunOnce(carrying)
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'failed', reason: error.message }
    throw error
  }
}

async function begunOnce({ artifacts, folder, request, work, needs }: Carrying) {
  const target = await openTarget(folder, request)
  const execution = executionFolder(target, request)
  await demandSameRelease(execution, request)
  const outcome = await readOutcome(execution)
  if (outcome) return outcome
  if (await isOpen(target, request)) {
    await mkdir(execution, { recursive: true })
    await fetchArtifacts(artifacts, request.release, { names: needs, folder: join(execution, 'artifacts') })
    await writeOrder(execution, { request, target, ...work })
    await demandSameRelease(execution, request)
    return outcomeOf(execution, await launch(execution, folder))
  }
  return outcomeOf(execution, null)
}

/** True when nobody works on it; refuses when a newer deployment was here. */
async function isOpen(target: string, request: DeployRequest): Promise<boolean> {
  const claims = await readClaims(target)
  const by = overtakenBy(claims, request)
  if (!by) return !isUnderWay(claims, request)
  throw new Refusal(
    'conflict',
    `${request.phase} with fence ${request.fence} came too late: ${request.project}/${request.environment} has seen fence ${by.fence} (${by.phase}, promotion ${by.promotion})`,
    { reason: 'fence_old' },
  )
}

async function demandSameRelease(execution: string, { promotion, attempt, release }: DeployRequest): Promise<void> {
  const ordered = await readOrder(execution)
  if (!ordered || ordered.request.release.digest === release.digest) return
  throw new Refusal(
    'conflict',
    `attempt ${attempt} of promotion ${promotion} is for release ${ordered.request.release.digest}, not ${release.digest}`,
    { reason: 'release_changed' },
  )
}

async function launch(execution: string, folder: string): Promise<ChildProcess> {
  const output = join(execution, 'executor.log')
  return startProgram('executor', [execution], { cwd: execution, output, cache: join(folder, '.cache') })
}

async function outcomeOf(execution: string, executor: ChildProcess | null): Promise<Outcome | { outcome: 'running' }> {
  const deadline = performance.now() + patienceMilliseconds
  while (performance.now() < deadline) {
    // Looked at before the outcome: a process writes its outcome first and ends then.
    const { exitCode, signalCode } = executor ?? { exitCode: null, signalCode: null }
    const outcome = await readOutcome(execution)
    if (outcome) return outcome
    if (exitCode) throw new Error(`cannot work in ${execution}: ${await lastLines(join(execution, 'executor.log'))}`)
    // Killed, or not the one that may act: the next call sees who does.
    if (exitCode === 0 || signalCode !== null) break
    await sleep(20)
  }
  return { outcome: 'running' }
}
