import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Home, ServerRecord } from '../core/home.ts'
import { Refusal } from '../core/refusal.ts'
import { readText } from './read-file.ts'
import { runningServer } from './running-server.ts'
import { serverProcess } from './server-lock.ts'

const patienceMilliseconds = 90_000

/** Starts a server that outlives this process, and waits until it answers; when two commands do so at once, both get the one that came up. */
export async function startInBackground(home: Home, say: (text: string) => void): Promise<ServerRecord> {
  say('no server runs here yet; starting one …')
  await mkdir(home.folder, { recursive: true, mode: 0o700 })
  const before = readText(home.serverLog)?.length ?? 0
  const deadline = Date.now() + patienceMilliseconds
  let spawned: { ending: string } | undefined
  while (Date.now() < deadline) {
    const server = runningServer(home)
    if (server) {
      say('started a server in the background; stop it with: lockflight server stop')
      return server
    }
    // One that another command has just started, or that is about to end, is waited for.
    if (serverProcess(home) === undefined) {
      if (spawned && spawned.ending !== '') break
      spawned ??= await spawnServer(home)
    }
    await pause(25)
  }
  const why = complaintIn((readText(home.serverLog) ?? '').slice(before)) || spawned?.ending || 'it took too long'
  throw new Refusal('unavailable', `the server did not start: ${why}; see ${home.serverLog}`)
}

/** `ending` stays empty while the process lives. */
async function spawnServer(home: Home): Promise<{ ending: string }> {
  const log = await open(home.serverLog, 'a', 0o600)
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'server'], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  const state = { ending: '' }
  child.once('error', (error) => (state.ending = error.message))
  child.once('exit', (code, signal) => (state.ending = `it ended with ${signal ?? `code ${code}`}`))
  child.unref()
  await log.close()
  return state
}

/** What a server wrote last before it gave up, with each problem it named, on one line; not where in the code that was. */
export function complaintIn(text: string): string {
  const lines = text.split('\n')
  const first = lines.findLastIndex((line) => line.startsWith('lockflight: '))
  if (first < 0) return ''
  const told = lines.slice(first).filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
  return told.map((line) => line.replace(/^lockflight: /, '').trim()).join('; ')
}
