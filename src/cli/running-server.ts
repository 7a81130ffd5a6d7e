import { refusalIn } from '../client/answer.ts'
import { ask } from '../client/ask.ts'
import type { Home, ServerRecord } from '../core/home.ts'
import type { Problem, Refusal } from '../core/refusal.ts'
import { isAlive } from '../processes/process-mark.ts'
import { readJson } from './read-file.ts'

const patienceMilliseconds = 5000

/** The server of this machine, when the process that is recorded still runs; it is recorded only while it answers. */
export function runningServer(home: Home): ServerRecord | undefined {
  const record = readJson(home.serverFile) as ServerRecord | undefined
  return record && isAlive(record) ? record : undefined
}

/** What keeps the server from being ready for work; nothing when it is. */
export async function troubleOf(url: string): Promise<Problem[]> {
  try {
    const { status, body } = await ask(new URL('/readyz', url), { method: 'GET' }, patienceMilliseconds)
    if (status === 200) return []
    throw refusalIn(status, body)
  } catch (error) {
    const { problems = [], message } = error as Partial<Refusal> & Error
    return problems.length > 0 ? problems : [{ at: 'server', message }]
  }
}
