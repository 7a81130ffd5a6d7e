import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test, vi, type TestContext } from 'vitest'
import { query } from '../../test/rig/postgres-server.ts'
import { checkDatabase } from './check-database.ts'
import { createPool } from './connect.ts'
import { startEmbedded } from './embedded.ts'

type Later = TestContext['onTestFinished']
const report = () => undefined

async function homeFor(later: Later): Promise<string> {
  const home = await mkdtemp(`${tmpdir()}/lockflight-home-`)
  later(() => rm(home, { recursive: true, force: true }))
  return home
}

const repository = fileURLToPath(new URL('../..', import.meta.url))
const script = fileURLToPath(new URL('../../test/rig/embedded-owner.ts', import.meta.url))

/** The same as another user, for whom this repository stands where everyone may go, wherever it is. */
async function asUser(later: Later, home: string, { uid, gid }: { uid: number; gid: number }): Promise<string[]> {
  const place = await mkdtemp(`${tmpdir()}/lockflight-seen-`)
  later(() => rm(place, { recursive: true }))
  await chmod(place, 0o755)
  const there = (path: string) => join(place, relative(repository, path))
  const run = `mount --bind "$0" "$1" && shift && exec setpriv --reuid=${uid} --regid=${gid} --clear-groups -- "$@"`
  return ['unshare', '--mount', 'bash', '-c', run, repository, place, there(process.execPath), there(script), home]
}

/** Starts the database from a process of its own, as that user. */
async function owner(later: Later, home: string, user?: { uid: number; gid: number }) {
  const [program = '', ...args] = user ? await asUser(later, home, user) : [process.execPath, script, home]
  const child = spawn(program, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (text) => (errors += text))
  const line = once(createInterface(child.stdout), 'line')
  const first = await Promise.race([line, once(child, 'exit').then(() => [`{"failed":${JSON.stringify(errors)}}`])])
  const started = JSON.parse(String(first[0])) as { url: string; pid: number; failed?: string }
  later(() => end(child, started.pid))
  return { child, ...started }
}

function end(child: ChildProcess, postmaster: number | undefined): void {
  child.kill('SIGKILL')
  if (postmaster !== undefined && alive(postmaster)) process.kill(postmaster, 'SIGKILL')
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('data is still there after a stop and a start, and nothing runs in between', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  const first = await startEmbedded(home, { report })
  await query(first.url, 'create table kept as select 42 as answer')
  const pid = first.pid()
  await first.stop()
  await vi.waitUntil(() => !alive(pid), { timeout: 5000 })
  const second = await startEmbedded(home, { report })
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

test('it is durable, listens on the loopback interface alone, and wants its password', async ({
  onTestFinished: later,
}) => {
  const home = await homeFor(later)
  const server = await startEmbedded(home, { report })
  later(() => server.stop())
  const pool = createPool({ url: server.url, connections: 1 })
  expect(await checkDatabase(pool, { unsafe: false })).toEqual([])
  await pool.end()
  const [settings] = await query(
    server.url,
    `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
      current_setting('data_checksums') as checksums, current_setting('password_encryption') as encryption`,
  )
  expect(settings).toEqual({ addresses: '127.0.0.1', sockets: '', checksums: 'on', encryption: 'scram-sha-256' })
  const wrong = Object.assign(new URL(server.url), { password: 'wrong' }).href
  await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed')
  expect((await stat(`${home}/database.password`)).mode & 0o777).toBe(0o600)
  expect(new URL(server.url).password).toBe(await readFile(`${home}/database.password`, 'utf8'))
})

test('F07 a server process that dies comes back at the same address', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  const messages: string[] = []
  const server = await startEmbedded(home, { report: (message) => messages.push(message) })
  later(() => server.stop())
  await query(server.url, 'create table kept as select 42 as answer')
  const pid = server.pid()
  process.kill(pid, 'SIGKILL')
  await vi.waitUntil(() => server.pid() !== pid, { timeout: 20_000 })
  expect(await query(server.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(messages[0]).toContain('ended by itself')
})

test('F07 a process that does not notice the end of its server is ended, and no other in the folder', async ({
  onTestFinished: later,
}) => {
  const home = await homeFor(later)
  const server = await startEmbedded(home, { report })
  later(() => server.stop())
  const pid = server.pid()
  const shell = spawn('sleep', ['60'], { cwd: `${home}/database/data` })
  later(() => void shell.kill())
  const [writer] = await query(server.url, "select pid from pg_stat_activity where backend_type = 'walwriter'")
  const stuck = Number(writer?.['pid'])
  process.kill(stuck, 'SIGSTOP')
  process.kill(pid, 'SIGKILL')
  await vi.waitUntil(() => server.pid() !== pid, { timeout: 20_000 })
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await vi.waitUntil(() => !alive(stuck), { timeout: 5000 })
  expect(shell.exitCode ?? shell.signalCode).toBe(null)
})

test('F01 after a kill -9 of its owner the next one takes the folder over, leftovers included', async ({
  onTestFinished: later,
}) => {
  const home = await homeFor(later)
  const { child, url, pid } = await owner(later, home)
  await query(url, 'create table kept as select 42 as answer')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(alive(pid)).toBe(true)
  const next = await startEmbedded(home, { report })
  later(() => next.stop())
  expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await vi.waitUntil(() => !alive(pid), { timeout: 5000 })
})

test('F32 after a kill -9 of everything it starts again, even when its numbers were given to others', async ({
  onTestFinished: later,
}) => {
  const home = await homeFor(later)
  const { child, url, pid } = await owner(later, home)
  await query(url, 'create table kept as select 42 as answer')
  process.kill(pid, 'SIGKILL')
  child.kill('SIGKILL')
  await once(child, 'exit')
  await vi.waitUntil(() => !alive(pid), { timeout: 10_000 })
  const lock = `${home}/database/data/postmaster.pid`
  const lines = (await readFile(lock, 'utf8')).split('\n')
  await writeFile(lock, [process.pid, ...lines.slice(1)].join('\n'))
  const [, ...birth] = (await readFile(`${home}/database.owner`, 'utf8')).split(' ')
  await writeFile(`${home}/database.owner`, [process.ppid, ...birth].join(' '))
  const next = await startEmbedded(home, { report })
  later(() => next.stop())
  expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a folder in use is refused, naming the process that uses it', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  const { child, url } = await owner(later, home)
  await expect(startEmbedded(home, { report })).rejects.toMatchObject({
    code: 'conflict',
    reason: 'home_in_use',
    message: expect.stringContaining(`process ${child.pid}`),
  })
  expect(await query(url, 'select 1 as still')).toEqual([{ still: 1 }])
})

test('a data folder whose making was cut short is made again', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  await mkdir(`${home}/database/data.new/base`, { recursive: true })
  await writeFile(`${home}/database/data.new/PG_VERSION`, '18')
  const server = await startEmbedded(home, { report })
  later(() => server.stop())
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a server that cannot start says why', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  await (await startEmbedded(home, { report })).stop()
  await writeFile(`${home}/database/data/global/pg_control`, 'not a control file')
  await expect(startEmbedded(home, { report })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/does not start[^]*(control file|PANIC|FATAL)/),
  })
})

/** Root may become anyone; everyone else is the ordinary user. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined

test('it works for an ordinary user, in a folder that nobody else may enter', async ({ onTestFinished: later }) => {
  const home = await homeFor(later)
  await chmod(home, 0o700)
  if (nobody) await chown(home, nobody.uid, nobody.gid)
  const { url, failed } = await owner(later, home, nobody)
  expect(failed).toBeUndefined()
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect((await stat(`${home}/database/data`)).mode & 0o777).toBe(0o700)
})

test('P01 a database that may lose acknowledged writes is refused, unless that was accepted', async ({
  onTestFinished: later,
}) => {
  const home = await homeFor(later)
  const server = await startEmbedded(home, { report })
  later(() => server.stop())
  await query(server.url, 'alter role lockflight set synchronous_commit = off')
  const pool = createPool({ url: server.url, connections: 1 })
  later(() => pool.end())
  await expect(checkDatabase(pool, { unsafe: false })).rejects.toMatchObject({
    reason: 'database_unsafe',
    message: expect.stringContaining('synchronous_commit'),
  })
  expect(await checkDatabase(pool, { unsafe: true })).toEqual(['expected synchronous_commit = on, found off'])
})

test('a home that was removed gives way to a new one; a database out of its reach is kept aside', async ({
  onTestFinished: later,
}) => {
  const closed = await homeFor(later)
  const home = `${closed}/home`
  const told: string[] = []
  const start = () => startEmbedded(home, { report: (message) => told.push(message) })
  const first = await start()
  later(() => rm(first.folder, { recursive: true, force: true }))
  await query(first.url, 'create table kept as select 42 as answer')
  await first.stop()
  const second = await start()
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  expect(told).toEqual([])
  await second.stop()
  await rm(home, { recursive: true })
  const third = await start()
  later(() => third.stop())
  await expect(query(third.url, 'select answer from kept')).rejects.toThrow('does not exist')
  // Root's database lies where PostgreSQL's own user can go, and no removing of a home gets there.
  expect(told).toHaveLength(nobody ? 1 : 0)
  for (const text of told) {
    const [, aside = ''] = /it is in (\S+) now/.exec(text) ?? []
    expect(await stat(`${aside}/data/PG_VERSION`)).toBeTruthy()
    await rm(aside, { recursive: true })
  }
})
