import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openMeeting, type Meeting } from '../test/rig/meeting.ts'
import { freshDatabase } from '../test/rig/postgres.ts'
import type { Database } from '../test/rig/postgres-server.ts'
import { createRepository } from '../test/rig/repository.ts'
import { createClient } from './client.ts'
import { readConfig } from './config.ts'
import type { Credential } from './core/home.ts'
import { createPool } from './store/connect.ts'
import { startSystem, type System } from './system.ts'

let folder: string
let database: Database
let pool: ReturnType<typeof createPool>
let meeting: Meeting
const systems: System[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-system-'))
  database = await freshDatabase()
  pool = createPool({ url: database.url, connections: 2 })
  meeting = await openMeeting()
})
afterEach(async () => {
  await Promise.all(systems.splice(0).map((system) => system.stop()))
  await meeting.end()
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function start(home: string, given: Record<string, string> = {}): Promise<System> {
  const env = {
    LOCKFLIGHT_HOME: join(folder, home),
    DATABASE_URL: database.url,
    LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
    ...given,
  }
  const system = await startSystem(readConfig(env, folder), '0.0.0-test')
  systems.push(system)
  return system
}

async function clientOf(home: string) {
  const text = await readFile(join(folder, home, 'credentials.json'), 'utf8')
  return createClient(JSON.parse(text) as Credential)
}

/** Starts a run of one job that does this. */
async function startRun(home: string, script: string) {
  const text = `project: shop\npipeline: { jobs: { only: { stage: build, steps: [{ run: '${script}' }] } } }\nenvironments: {}\n`
  const repository = await createRepository(join(folder, 'repository'))
  await repository.commit({ files: { 'lockflight.yaml': text } })
  const client = await clientOf(home)
  await client.applyRevision({ project: 'shop', text })
  return (await client.startRun({ project: 'shop', repository: repository.folder, ref: 'main' })).id
}

async function stateOf(run: string): Promise<unknown> {
  return (await pool.query<{ state: string }>('select state from run where id = $1', [run])).rows[0]?.state
}

test('I16 it is ready while database, log and signer work, and not while what it signs is not believed', async () => {
  const { url } = await start('one')
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`)
    return [answer.status, await answer.json()]
  }
  expect(await ready()).toEqual([200, { status: 'ready', checks: ['database', 'log', 'signer'] }])
  await pool.query('update trusted_key set revoked_at = now()')
  expect(await ready()).toMatchObject([
    503,
    { problems: [{ at: 'signer', message: expect.stringContaining('revoked') }] },
  ])
})

test('servers on one database share their keys: one with another log key is refused with what to do', async () => {
  await start('one')
  const signed = async () => (await pool.query('select from log_checkpoint')).rowCount
  await expect.poll(signed, { timeout: 20_000 }).toBeGreaterThan(0)
  await expect(start('two')).rejects.toMatchObject({ reason: 'log_key', message: expect.stringContaining('copy') })
  await expect(start('one', { LOCKFLIGHT_ORIGIN: 'other.example' })).rejects.toMatchObject({ reason: 'log_key' })
  await cp(join(folder, 'one/keys'), join(folder, 'three/keys'), { recursive: true })
  expect((await fetch(`${(await start('three')).url}/readyz`)).status).toBe(200)
})

test('two servers that start at once on an empty database both come up', async () => {
  await start('seed')
  await pool.query('truncate member, member_email, role_grant, token, trusted_key')
  for (const home of ['one', 'two'])
    await cp(join(folder, 'seed/keys'), join(folder, home, 'keys'), { recursive: true })
  const both = await Promise.all([start('one'), start('two')])
  for (const { url } of both) expect((await fetch(`${url}/readyz`)).status).toBe(200)
  for (const home of ['one', 'two']) expect(await (await clientOf(home)).getMe({})).toMatchObject({ kind: 'human' })
})

test('a chosen address that is taken is refused by its name, with what to do', async () => {
  const { url } = await start('one')
  const listening = { LOCKFLIGHT_LISTEN: new URL(url).host }
  await expect(start('one', listening)).rejects.toMatchObject({
    name: 'Refusal',
    message: expect.stringMatching(new RegExp(`^cannot answer at ${listening.LOCKFLIGHT_LISTEN} .*LOCKFLIGHT_LISTEN`)),
  })
})

test('stopping lets a running job end', async () => {
  const system = await start('one')
  const run = await startRun('one', meeting.come('job'))
  await meeting.arrival('job')
  const stopped = system.stop()
  await expect
    .poll(() =>
      fetch(`${system.url}/healthz`).then(
        () => 'answers',
        () => 'gone',
      ),
    )
    .toBe('gone')
  meeting.release('job')
  await stopped
  expect(await stateOf(run)).toBe('succeeded')
})

test('a run whose job was lost while no server ran is done by the next one', async () => {
  const first = await start('one', { LOCKFLIGHT_RUN_WORKERS: '0' })
  const run = await startRun('one', 'true')
  await first.stop()
  await pool.query('delete from pgboss.job')
  await start('one')
  await expect.poll(() => stateOf(run), { timeout: 20_000 }).toBe('succeeded')
})
