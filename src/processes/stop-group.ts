import { setTimeout as sleep } from 'node:timers/promises'
import { isGroupAlive, type ProcessMark } from './process-mark.ts'

const killMilliseconds = 10_000

/** Ends a process and its whole group: asks first, forces after the grace time, and returns when nothing of it runs. */
export async function stopGroup(leader: ProcessMark, graceMilliseconds: number): Promise<void> {
  signal(leader, 'SIGTERM')
  if (await gone(leader, graceMilliseconds)) return
  signal(leader, 'SIGKILL')
  if (!(await gone(leader, killMilliseconds))) throw new Error(`process group ${leader.pid} does not end`)
}

function signal(leader: ProcessMark, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isGroupAlive(leader)) return
  try {
    process.kill(-leader.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function gone(leader: ProcessMark, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  while (isGroupAlive(leader)) {
    if (performance.now() >= deadline) return false
    await sleep(20)
  }
  return true
}
