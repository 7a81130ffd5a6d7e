import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { sendSignal } from '../processes/send-signal.ts'
import type { Leftovers } from './launcher-messages.ts'

const tries = 500
const pauseMilliseconds = 10

/** Kills what a job left running, again and again until nothing is found, because a process may start another while it is being looked for. */
export async function killLeftovers(leftovers: Leftovers): Promise<void> {
  for (let n = 0; n < tries && killOnce(leftovers); n++) await pause(pauseMilliseconds)
}

/** Kills what is there now; true when there was anything. */
export function killOnce(leftovers: Leftovers): boolean {
  if (leftovers.kind === 'namespace') return false
  const found = processes().filter((pid) => belongs(pid, leftovers))
  for (const pid of found) sendSignal(pid, 'SIGKILL')
  return found.length > 0
}

/** The processes that one has started and that still run; null when the kernel does not tell. */
export function childrenOf(pid: number): number[] | null {
  const text = read(`/proc/${pid}/task/${pid}/children`)
  return text === null ? null : text.split(' ').flatMap((child) => (child ? Number(child) : []))
}

function processes(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []))
}

function belongs(pid: number, leftovers: Exclude<Leftovers, { kind: 'namespace' }>): boolean {
  if (leftovers.kind === 'variable') {
    return read(`/proc/${pid}/environ`)?.split('\0').includes(leftovers.assignment) ?? false
  }
  const status = read(`/proc/${pid}/status`) ?? ''
  return new RegExp(`^Uid:\\t${leftovers.id}\\t`, 'm').test(status) && !/^State:\tZ/m.test(status)
}

/** Null when the process is gone or belongs to someone else. */
function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}
