import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeployRequest, Phase, Target } from '../core/deployer.ts'
import type { Digest } from '../core/digest.ts'
import { appendLine, readIfThere } from '../files/durable-file.ts'

/** What identifies one piece of work at a target: it is done once, however often it is asked for. */
export type Execution = Pick<DeployRequest, 'promotion' | 'attempt' | 'phase'>

/** One line of a target's own log, `target.ndjson`: what really happened there, kept apart from Lockflight's records so that the two can be compared (I01, I04). */
export type TargetEvent = {
  at: string
  promotion: string
  attempt: number
  phase: Phase
  fence: number
  release: Digest
} & (
  | { event: 'started' }
  /** The same execution goes on after its process died. */
  | { event: 'resumed' }
  | { event: 'finished'; outcome: 'succeeded' | 'failed'; reason: string }
)

/** The folder of one target below the deployers' folder, made when it is missing; only its owner may look inside. */
export async function openTarget(folder: string, { project, environment }: Target): Promise<string> {
  const target = targetFolder(folder, { project, environment })
  await mkdir(target, { recursive: true, mode: 0o700 })
  return target
}

/** Where a target keeps everything it knows. */
export function targetFolder(folder: string, { project, environment }: Target): string {
  return join(folder, project, environment)
}

/** The name of one execution's folder, and of the release it brings up. */
export function executionName({ promotion, attempt, phase }: Execution): string {
  return `${attemptName({ promotion, attempt })}.${phase}`
}

/** The name of what one attempt brings up beside the live release. */
export function attemptName({ promotion, attempt }: Pick<Execution, 'promotion' | 'attempt'>): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(promotion)) throw new TypeError(`not the id of a promotion: ${promotion}`)
  return `${promotion}.${attempt}`
}

/** The file that the service of one attempt prints to, by the attempt's name. */
export function serviceOutput(target: string, name: string): string {
  return join(target, 'instances', name, 'output.log')
}

/** The same for all attempts that may have one. */
export async function serviceOutputs(target: string): Promise<string[]> {
  return (await readdir(join(target, 'instances'))).map((name) => serviceOutput(target, name))
}

/** Adds a line to the target's log. */
export async function logEvent(target: string, event: TargetEvent): Promise<void> {
  await appendLine(logFile(target), JSON.stringify(event))
}

/** The target's log, oldest first; lines that a crash tore are left out. */
export async function readEvents(target: string): Promise<TargetEvent[]> {
  const text = (await readIfThere(logFile(target))) ?? ''
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as TargetEvent]
    } catch {
      return []
    }
  })
}

function logFile(target: string): string {
  return join(target, 'target.ndjson')
}
