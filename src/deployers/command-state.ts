import { join } from 'node:path'
import type { Phase } from '../core/deployer.ts'
import type { Answered } from './answered.ts'
import { readJson, writeAtomic } from '../files/durable-file.ts'

/** Where the scripts of one target last said that it answers. */
export interface CommandState {
  url: string | null
  candidateUrl: string | null
}

/** The addresses known now; both null before anything was deployed. */
export async function readCommandState(target: string): Promise<CommandState> {
  return (await readJson<CommandState>(fileOf(target))) ?? { url: null, candidateUrl: null }
}

/** Keeps what a successful phase said. A candidate that became live, or went away, has no address of its own any more. */
export async function writeCommandState(target: string, phase: Phase, answered: Answered): Promise<void> {
  const before = await readCommandState(target)
  const finished = phase === 'finish' ? before.candidateUrl : null
  const state: CommandState = {
    url: answered.url ?? finished ?? before.url,
    candidateUrl: phase === 'start' ? (answered.candidateUrl ?? null) : null,
  }
  await writeAtomic(fileOf(target), JSON.stringify(state))
}

function fileOf(target: string): string {
  return join(target, 'command.json')
}
