import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { claimTarget } from './claim.ts'
import { commandPhase } from './command-phase.ts'
import {
  executionFolder,
  loggedCourse,
  readOrder,
  readOutcome,
  writeOutcome,
  type Order,
  type Outcome,
} from './order.ts'
import { markOf } from '../processes/process-mark.ts'
import { processPhase } from './process-phase.ts'
import { removeOldExecutions } from './remove-old-executions.ts'
import { logEvent, type Execution } from './target.ts'

/*
 * The program that carries out one execution, apart from Lockflight so that it survives it. Any number may be started
 * for the same execution: the claim lets one of them act, and the others end at once.
 */

const folder = process.argv[2] ?? ''
const ordered = await readOrder(folder)
if (!ordered) throw new Error(`there is no order in ${folder}`)
await execute(ordered)

async function execute(order: Order): Promise<void> {
  const { request, target } = order
  const holder = markOf(process.pid)
  if (!holder) throw new Error('this process cannot find itself')

  const claimed = await claimTarget(target, request, { holder, isDone: (other) => isDone(target, other) })
  if (claimed.answer !== 'yours') return
  for (const other of claimed.overtaken) await removeArtifacts(executionFolder(target, other))
  const before = claimed.generation === 1 ? { started: false, outcome: null } : await loggedCourse(target, request)
  if (before.outcome) return writeOutcome(folder, before.outcome)

  const { promotion, attempt, phase, fence } = request
  const subject = { promotion, attempt, phase, fence, release: request.release.digest }
  await logEvent(target, { at: now(), ...subject, event: before.started ? 'resumed' : 'started' })
  const outcome = await carryOut(order, before.started)
  const reason = outcome.outcome === 'failed' ? outcome.reason : ''
  await logEvent(target, { at: now(), ...subject, event: 'finished', outcome: outcome.outcome, reason })
  await writeOutcome(folder, outcome)
  await removeArtifacts(folder)
  await removeOldExecutions(target)

  // What a failed script left running ends with it; this process leads their group.
  if (order.use === 'command' && outcome.outcome === 'failed') process.kill(-process.pid, 'SIGKILL')
}

async function carryOut(order: Order, resumed: boolean): Promise<Outcome> {
  try {
    if (order.use === 'command') return await commandPhase(order, { folder, resumed })
    await processPhase(order, folder)
    return { outcome: 'succeeded' }
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'failed', reason: error.message }
    if (isFull(error)) return { outcome: 'failed', reason: `the disk of ${order.target} is full: ${error.message}` }
    throw error
  }
}

/** Copies that nobody will use any more. */
async function removeArtifacts(execution: string): Promise<void> {
  await rm(join(execution, 'artifacts'), { recursive: true, force: true })
}

async function isDone(target: string, execution: Execution): Promise<boolean> {
  return (await readOutcome(executionFolder(target, execution))) !== null
}

function isFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

function now(): string {
  return new Date().toISOString()
}
