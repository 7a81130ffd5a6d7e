import type { Home, ServerRecord } from '../core/home.ts'
import { ask } from '../client/ask.ts'
import { readJson } from './read-file.ts'

const patienceMilliseconds = 5000

/** The server of this machine, when one is recorded and answers. */
export async function runningServer(home: Home): Promise<ServerRecord | undefined> {
  const record = readJson(home.serverFile) as ServerRecord | undefined
  return record && isAlive(record.pid) && (await answers(record.url, '/healthz')) ? record : undefined
}

/** True when a process of that id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** True when the server says yes to that probe. */
export async function answers(url: string, probe: '/healthz' | '/readyz'): Promise<boolean> {
  try {
    return (await ask(new URL(probe, url), { method: 'GET' }, patienceMilliseconds)).status === 200
  } catch {
    return false
  }
}
