import { join } from 'node:path'
import type { DeployRequest } from '../core/deployer.ts'
import { readJson, writeAtomic, writeOnce } from '../files/durable-file.ts'
import { executionName, readEvents, type Execution } from './target.ts'

/** One execution as handed to the process that carries it out. Written once: later calls cannot change it. */
export type Order = { request: DeployRequest; target: string } & Work

/** What is to be done, by which deployer, with its settings and variables. */
export type Work = { use: 'process'; config: ProcessSettings } | { use: 'command'; config: CommandSettings }

/** What the `process` deployer's part needs of its configuration. */
export interface ProcessSettings {
  artifact: string
  run: string | string[]
  port?: number | undefined
  health: { path: string; timeoutSeconds: number }
  keep: number
  env: Record<string, string>
  /** Folders that the release may not see into. */
  hidden: string[]
  stopGraceSeconds: number
}

/** What the `command` deployer's part needs of its configuration. */
export interface CommandSettings {
  run: string
  timeoutSeconds: number
  env: Record<string, string>
  idempotent: boolean
}

/** How an execution ended. */
export type Outcome = { outcome: 'succeeded' } | { outcome: 'failed'; reason: string }

/** The folder of one execution. */
export function executionFolder(target: string, execution: Execution): string {
  return join(target, 'executions', executionName(execution))
}

/** The file that the script of a `command` execution prints to. */
export function scriptOutput(folder: string): string {
  return join(folder, 'output.log')
}

/** What was ordered under that name first; null when nothing was. */
export async function readOrder(folder: string): Promise<Order | null> {
  return readJson<Order>(join(folder, 'order.json'))
}

/** Keeps the order unless there is one already. */
export async function writeOrder(folder: string, order: Order): Promise<void> {
  await writeOnce(join(folder, 'order.json'), JSON.stringify(order))
}

/** How the execution ended; null while it has not. */
export async function readOutcome(folder: string): Promise<Outcome | null> {
  return readJson<Outcome>(join(folder, 'outcome.json'))
}

/** Keeps how it ended, where `readOutcome` finds it. */
export async function writeOutcome(folder: string, outcome: Outcome): Promise<void> {
  await writeAtomic(join(folder, 'outcome.json'), JSON.stringify(outcome))
}

/** What the target's log says about an execution: whether it began, and how it ended. */
export async function loggedCourse(
  target: string,
  execution: Execution,
): Promise<{ started: boolean; outcome: Outcome | null }> {
  const name = executionName(execution)
  const events = (await readEvents(target)).filter((event) => executionName(event) === name)
  const finished = events.find((event) => event.event === 'finished')
  return {
    started: events.some(({ event }) => event === 'started'),
    outcome: finished ? outcomeOf(finished) : null,
  }
}

function outcomeOf({ outcome, reason }: { outcome: Outcome['outcome']; reason: string }): Outcome {
  return outcome === 'succeeded' ? { outcome } : { outcome, reason }
}
