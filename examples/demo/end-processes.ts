import { readdir, readFile, readlink } from 'node:fs/promises'
import { until } from './until.ts'

/** Ends every process that works in that folder or below it: servers, services, and what they started; no shell in which someone looks around there. */
export async function endProcessesIn(folder: string): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const patience = signal === 'SIGTERM' ? 10 : 5
    for (const pid of await processesIn(folder)) kill(pid, signal)
    const gone = async () => ((await processesIn(folder)).length === 0 ? true : null)
    if (await until('processes to end', gone, patience).catch(() => false)) return
  }
}

async function processesIn(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      return pid !== process.pid && `${cwd}/`.startsWith(`${folder}/`) && !(await hasTerminal(pid))
    }),
  )
  return pids.filter((_, index) => inside[index])
}

/** By the `tty_nr` of proc_pid_stat(5), fifth after the name; what runs in the background has none. */
async function hasTerminal(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4] ?? '0') !== '0'
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
