import type { Home, ServerRecord } from '../core/home.ts'
import { readJson } from './read-file.ts'

// An `import` of node:http loads everything it can lend, fetch included: 30 ms for every command.
const http = process.getBuiltinModule('node:http')

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
export function answers(url: string, probe: '/healthz' | '/readyz'): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(new URL(probe, url), { timeout: patienceMilliseconds }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode === 200))
      answer.once('error', () => resolve(false))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
}
