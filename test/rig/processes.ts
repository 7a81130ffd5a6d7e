import { readdirSync, readFileSync } from 'node:fs'

/** A process as /proc shows it. */
interface Seen {
  pid: number
  parent: number
  state: string
}

/** Every process below that one, at any depth. */
export function descendantsOf(pid: number): number[] {
  const all = processes()
  const below = (parent: number): number[] =>
    all.flatMap((one) => (one.parent === parent && one.state !== 'Z' ? [one.pid, ...below(one.pid)] : []))
  return below(pid)
}

/** Processes that have this text in their arguments, or in their environment when that is looked at too. */
export function processesWith(text: string, looks: ('cmdline' | 'environ')[] = ['cmdline']): number[] {
  return processes()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && looks.some((file) => holds(`/proc/${pid}/${file}`, text)))
}

/** Kills at once; one that is gone already is no trouble. */
export function kill(pid: number): void {
  send(pid, 'SIGKILL')
}

/** Sends a signal; one that is gone already is no trouble. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function holds(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text)
  } catch {
    return false
  }
}

function processes(): Seen[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return [{ pid: Number(name), parent: Number(parent), state }]
    } catch {
      return []
    }
  })
}
