import { ask } from '../client/ask.ts'
import type { Home, ServerRecord } from '../core/home.ts'
import { isAlive } from '../processes/process-mark.ts'
import { readJson } from './read-file.ts'

const patienceMilliseconds = 5000

/** The server of this machine, when the process that is recorded still runs; it is recorded only while it answers. */
export function runningServer(home: Home): ServerRecord | undefined {
  const record = readJson(home.serverFile) as ServerRecord | undefined
  return record && isAlive(record) ? record : undefined
}

/** True when the server is ready for work. */
export async function isReady(url: string): Promise<boolean> {
  try {
    return (await ask(new URL('/readyz', url), { method: 'GET' }, patienceMilliseconds)).status === 200
  } catch {
    return false
  }
}
