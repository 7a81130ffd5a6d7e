import { execFile, spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmod,
  chown,
  mkdir,
  open,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Refusal } from '../core/refusal.ts'
import { findPostgres, sharedFolder, type Postgres } from './postgres-binaries.ts'

/** A PostgreSQL of our own, for one folder. */
export interface PostgresServer {
  /** With its password. */
  url: string
  /** Settings and data; removing it removes the database. */
  folder: string
  /** The process now; it changes when the server was restarted. */
  pid(): number
  /** Ends it cleanly, after cutting off whoever is still connected. */
  stop(): Promise<void>
}

/** Which server to start. */
export interface ServerOptions {
  /** Made when missing. As root, it becomes a link to a folder below /var/lib/lockflight when the user `postgres` cannot get there. */
  folder: string
  password: string
  settings: Record<string, string>
  /** Hears that the server ended by itself and is being started again. */
  report: (message: string) => void
}

const superuser = 'lockflight'
const launchAttempts = 2
const startSeconds = 60
const stopSeconds = 30

/** Starts the server on a free port of the loopback interface, and again on the same port whenever it dies; a leftover of an earlier process is ended first. */
export async function startPostgres({
  folder: wanted,
  password,
  settings,
  report,
}: ServerOptions): Promise<PostgresServer> {
  const postgres = await findPostgres()
  const folder = await reachable(wanted, postgres, report)
  const data = `${folder}/data`
  if (!(await exists(data))) await initialize(postgres, folder, password)
  await endLeftover(data)
  const port = await freePort()
  await writeSettings(data, { ...settings, port: String(port) })

  const stopped = new AbortController()
  let pid = 0
  const start = async (attempts: number) => {
    for (let attempt = 1; !stopped.signal.aborted; attempt++) {
      try {
        await endOrphans(data)
        const launched = await launch(postgres, folder)
        pid = launched.pid
        void launched.exited.then(revive)
        return
      } catch (error) {
        if (attempt >= attempts) throw error
        await pause(500)
      }
    }
  }
  const revive = () => {
    if (stopped.signal.aborted) return
    report('PostgreSQL ended by itself; starting it again')
    starting = start(Infinity)
  }
  let starting = start(launchAttempts)
  await starting

  return {
    url: `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`,
    folder,
    pid: () => pid,
    async stop() {
      stopped.abort()
      await starting
      await end(data, pid)
    },
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** The folder itself, or a stand-in below a folder that everyone may enter, with a link to it in the folder's place. */
async function reachable(wanted: string, { user }: Postgres, report: ServerOptions['report']): Promise<string> {
  await mkdir(wanted, { recursive: true, mode: 0o700 })
  const real = await realpath(wanted)
  if (!user) return real
  await chmod(real, 0o711)
  if (await othersMayEnter(real)) return real
  const folder = `${sharedFolder}/${createHash('sha256').update(real).digest('hex').slice(0, 16)}`
  if (await exists(`${folder}/data`)) await moveAside(folder, report)
  await mkdir(folder, { recursive: true, mode: 0o711 })
  await rmdir(real)
  await symlink(folder, real)
  return folder
}

/** Without a link to it, a stand-in was left by someone who has removed the folder: a new one must not take over its data. */
async function moveAside(folder: string, report: ServerOptions['report']): Promise<void> {
  await endLeftover(`${folder}/data`)
  const left = `${folder}.${randomUUID()}`
  await rename(folder, left)
  report(`found a database whose folder was removed; it is in ${left} now: remove it too when nobody misses it`)
}

async function othersMayEnter(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if ((mode & 0o001) === 0) return false
  return folder === dirname(folder) || othersMayEnter(dirname(folder))
}

/** Builds the data folder beside its place, so that one cut short is never taken for a whole one. */
async function initialize({ initdb, user: as }: Postgres, folder: string, password: string): Promise<void> {
  const unfinished = `${folder}/data.new`
  const passwordFile = `${folder}/initdb.password`
  await rm(unfinished, { recursive: true, force: true })
  try {
    await mkdir(unfinished, { mode: 0o700 })
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
    if (as) for (const path of [unfinished, passwordFile]) await chown(path, as.uid, as.gid)
    const encoding = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    const options = ['--auth=scram-sha-256', `--username=${superuser}`, `--pwfile=${passwordFile}`, ...encoding]
    await promisify(execFile)(initdb, [...options, '-D', unfinished], { ...as, cwd: folder, env: plainEnvironment })
    await rename(unfinished, `${folder}/data`)
  } finally {
    await rm(passwordFile, { force: true })
  }
}

/** Nothing of our own environment: PG* variables would change what the programs do. */
const plainEnvironment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }

async function writeSettings(data: string, settings: Record<string, string>): Promise<void> {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    ...settings,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  // This file is read last, so it wins over postgresql.conf.
  await writeFile(`${data}/postgresql.auto.conf`, `${lines.join('\n')}\n`)
}

/** Starts one server process and waits until it takes connections. It has a session of its own, so that Ctrl-C reaches only us. */
async function launch(
  { postgres, user: as }: Postgres,
  folder: string,
): Promise<{ pid: number; exited: Promise<unknown> }> {
  const data = `${folder}/data`
  const log = await open(`${folder}/postgres.log`, 'a', 0o600)
  const child = spawn(postgres, ['-D', data], {
    ...as,
    cwd: folder,
    env: plainEnvironment,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  child.unref()
  const exited = new Promise<'exited'>((resolve) => {
    child.once('exit', () => resolve('exited'))
    child.once('error', () => resolve('exited'))
  })
  await log.close()
  for (let waited = 0; waited < startSeconds * 1000; waited += 10) {
    const lock = await readLock(data)
    if (lock?.ready && lock.pid === child.pid) return { pid: lock.pid, exited }
    if ((await Promise.race([exited, pause(10)])) === 'exited') break
  }
  child.kill('SIGKILL')
  const last = (await readFile(`${folder}/postgres.log`, 'utf8')).trimEnd().split('\n').slice(-3).join('\n')
  throw new Refusal('unavailable', `PostgreSQL in ${folder} does not start:\n${last}`, {
    reason: 'database_unavailable',
  })
}

/** What the running server writes about itself in postmaster.pid. */
async function readLock(data: string): Promise<{ pid: number; ready: boolean } | undefined> {
  const lines = (await readFile(`${data}/postmaster.pid`, 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined
}

/** Ends a server that outlived the process that started it; forgets one whose number now belongs to another program. */
async function endLeftover(data: string): Promise<void> {
  const lock = await readLock(data)
  if (!lock) return
  if (await worksIn(lock.pid, data)) await end(data, lock.pid)
  else await rm(`${data}/postmaster.pid`, { force: true })
}

/** A killed server leaves processes behind that notice it only when they next wait; no new server starts before they are gone, since they share its memory. */
async function endOrphans(data: string): Promise<void> {
  for (let waited = 0; waited < stopSeconds * 1000; waited += 10) {
    const orphans = await processesIn(data)
    if (orphans.length === 0) return
    for (const pid of orphans) send(pid, 'SIGKILL')
    await pause(10)
  }
}

async function processesIn(data: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const inside = await Promise.all(pids.map((pid) => worksIn(pid, data)))
  return pids.filter((_, index) => inside[index])
}

/** A server's processes work in its data folder, where a person's shell may be too; an ended one that nobody has waited for works nowhere. */
async function worksIn(pid: number, data: string): Promise<boolean> {
  const of = `/proc/${pid}`
  const [folder, program] = await Promise.all([readlink(`${of}/cwd`), readFile(`${of}/comm`, 'utf8')]).catch(() => [])
  return folder === data && program?.trim() === 'postgres'
}

/** Its lock file goes when it has ended; the process itself may stay a zombie where nobody waits for it. */
async function end(data: string, pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!send(pid, signal)) return
    for (let waited = 0; waited < stopSeconds * 1000; waited += 10) {
      if ((await readLock(data))?.pid !== pid || !send(pid, 0)) return
      await pause(10)
    }
  }
}

/** False when there is no such process. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
