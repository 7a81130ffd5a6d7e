import { spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Home, ServerRecord } from '../core/home.ts'
import { Refusal } from '../core/refusal.ts'
import { runningServer } from './running-server.ts'

const patienceMilliseconds = 90_000

/** Starts a server that outlives this process, and waits until it answers; when two commands do so at once, both get the one that came up. */
export async function startInBackground(home: Home, say: (text: string) => void): Promise<ServerRecord> {
  say('no server runs here yet; starting one …')
  await mkdir(home.folder, { recursive: true, mode: 0o700 })
  const log = await open(home.serverLog, 'a', 0o600)
  const { size: before } = await log.stat()
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'server'], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await log.close()
  child.unref()
  let ending = ''
  child.once('error', (error) => (ending = error.message))
  child.once('exit', (code, signal) => (ending = `it ended with ${signal ?? `code ${code}`}`))
  const deadline = Date.now() + patienceMilliseconds
  while (Date.now() < deadline) {
    const ended = ending !== ''
    const server = await runningServer(home)
    if (server) {
      say('started a server in the background; stop it with: lockflight server stop')
      return server
    }
    if (ended) break
    await pause(25)
  }
  const said = await complaint(home.serverLog, before)
  const why = said || ending || 'it took too long'
  throw new Refusal('unavailable', `the server did not start: ${why}; see ${home.serverLog}`)
}

/** What the server said last before it gave up. */
async function complaint(file: string, before: number): Promise<string> {
  const lines = (await readFile(file)).subarray(before).toString().split('\n')
  return lines.findLast((line) => line.startsWith('lockflight: '))?.slice('lockflight: '.length) ?? ''
}
