import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { readConfig } from '../src/config.ts'
import { openCheckpoint } from '../src/core/checkpoint.ts'
import { cosignatureOf } from '../src/core/cosignature.ts'
import type { Credential } from '../src/core/home.ts'
import { readVkey } from '../src/core/note.ts'
import { isStandardWebhook } from '../src/core/webhook-signature.ts'
import { openLogKey, type LogKey } from '../src/log/key.ts'
import { createPool } from '../src/store/connect.ts'
import { startSystem, type System } from '../src/system.ts'
import { runCommand } from './rig/cli.ts'
import { entriesFrom, queueEntries } from './rig/entries.ts'
import { freshDatabase } from './rig/postgres.ts'
import type { Database } from './rig/postgres-server.ts'
import { listenHere } from './rig/serve.ts'
import { tamper } from './rig/tampering.ts'
import { startWitness } from './rig/witness.ts'

type Witness = Awaited<ReturnType<typeof startWitness>>

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const patience = { timeout: 15_000 }

let folder: string
let database: Database
let pool: ReturnType<typeof createPool>
let key: LogKey
let witnesses: Witness[]
let listener: Awaited<ReturnType<typeof listenHere>>
let env: Record<string, string>
let system: System
const hooks: { headers: Record<string, string>; body: string }[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-witnessed-'))
  database = await freshDatabase()
  pool = createPool({ url: database.url, connections: 2 })
  key = await openLogKey(join(folder, 'keys'), 'lockflight.localhost')
  const homes = await Promise.all(['one', 'two'].map((name) => mkdir(join(folder, name), { recursive: true })))
  witnesses = await Promise.all(
    homes.map((home) => startWitness({ home: home!, logs: [key.vkey], name: `w.${home!.at(-1)}` })),
  )
  const take = async (request: IncomingMessage) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    hooks.push({ headers: request.headers as Record<string, string>, body })
  }
  listener = await listenHere((request, response) => void take(request).then(() => response.end()))
  execFileSync('git', ['init', '--quiet', '--bare', join(folder, 'audit.git')])
  env = {
    LOCKFLIGHT_HOME: folder,
    DATABASE_URL: database.url,
    LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
    LOCKFLIGHT_REACHABLE: '127.0.0.1',
    LOCKFLIGHT_WITNESSES: witnesses.map(({ vkey, url }) => `${vkey} ${url}`).join(', '),
    LOCKFLIGHT_CHECKPOINT_SINKS: `file:${folder}/kept.checkpoint git:${folder}/audit.git#kept webhook:${listener.url}/hook`,
    LOCKFLIGHT_CHECKPOINT_SECRET: secret,
    LOCKFLIGHT_CHECKPOINT_SECONDS: '0',
  }
  system = await start()
})
afterAll(async () => {
  await system.stop()
  await Promise.all(witnesses.map((witness) => witness.stop()))
  await listener.close()
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const start = (more: Record<string, string> = {}) => startSystem(readConfig({ ...env, ...more }, folder), '0.0.0-test')

const credential = async () => JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')) as Credential
const client = async () => createClient(await credential())

/** The command line of an auditor, in a home of their own. */
async function lockflight(...argv: string[]) {
  const { url, token } = await credential()
  const own = { LOCKFLIGHT_HOME: join(folder, 'auditor'), LOCKFLIGHT_SERVER: url, LOCKFLIGHT_TOKEN: token }
  return runCommand(argv, { cwd: folder, env: own })
}

/** The places that have the newest checkpoint, as the server says, and how large that is. */
async function settledAt(): Promise<number> {
  let size = 0
  await expect
    .poll(async () => {
      const { rows } = await pool.query<{ size: number | null; waiting: number }>(
        'select (select max(size) from log_checkpoint) as size, (select count(*) from log_queue) as waiting',
      )
      size = rows[0]!.size ?? 0
      const { items } = await (await client()).listSinks({})
      return rows[0]!.waiting === 0 && items.every((item) => item.trouble !== null || item.size === size)
    }, patience)
    .toBe(true)
  return size
}

const grow = (from: number, count: number) => queueEntries(pool, entriesFrom(from, count))
const demanded = () => witnesses.flatMap(({ vkey }) => ['--witness', vkey])
const ready = async () => {
  const answer = await fetch(`${system.url}/readyz`)
  const { problems = [] } = (await answer.json()) as { problems?: { at: string; message: string }[] }
  return { status: answer.status, problems: Object.fromEntries(problems.map(({ at, message }) => [at, message])) }
}

test('A21 every checkpoint of a quiet moment is cosigned, served so, and kept in all places; the secret is nowhere', async () => {
  await grow(0, 100)
  const size = await settledAt()
  const keys = witnesses.map(({ vkey }) => readVkey(vkey, 'cosignature')!)
  const served = (await (await client()).read('/log/checkpoint')).toString()
  expect(openCheckpoint(served, key)).toMatchObject({ checkpoint: { size } })
  for (const witness of keys) expect(cosignatureOf(served, witness)).not.toBeNull()

  await expect.poll(() => readFile(join(folder, 'kept.checkpoint'), 'utf8'), patience).toBe(served)
  const inGit = () => execFileSync('git', ['show', 'kept:checkpoint'], { cwd: `${folder}/audit.git`, encoding: 'utf8' })
  await expect.poll(inGit, patience).toBe(served)
  await expect.poll(() => hooks.at(-1)?.body, patience).toContain(JSON.stringify(served).slice(1, -1))
  const last = hooks.at(-1)!
  expect(isStandardWebhook(last.headers, Buffer.from(last.body), secret)).toBe(true)

  expect(await lockflight('audit', 'sinks')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('✓ witness w.e'),
  })
  expect(await ready()).toEqual({ status: 200, problems: {} })
  const metrics = (await (await client()).read('/metrics')).toString()
  expect(metrics).toContain(`lockflight_checkpoint_sink_size{sink="witness w.o"} ${size}`)
  const told = JSON.stringify([metrics, await (await client()).listSinks({}), hooks])
  expect(told).not.toContain(secret.slice('whsec_'.length))
})

test('A30 audit verify says who has cosigned the log, also offline, and so does a proof; a witness that has not is missed', async () => {
  const live = await lockflight('audit', 'verify', ...demanded(), '--checkpoint', join(folder, 'kept.checkpoint'))
  expect(live).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/cosigned by the witness w\.e: \d+ entries, at 20/),
  })
  expect((await lockflight('audit', 'export', 'export', ...demanded())).code).toBe(0)
  expect((await lockflight('audit', 'verify', 'export', ...demanded())).code).toBe(0)
  expect(await readFile(join(folder, 'export', 'checkpoints.ndjson'), 'utf8')).toContain('— w.o ')

  const prove = ['audit', 'proof', 'promotion-3', '--project', 'checkout', '--out', 'promotion.proof.json']
  expect(await lockflight(...prove)).toMatchObject({ code: 0 })
  const check = (...argv: string[]) => lockflight('audit', 'verify-proof', 'promotion.proof.json', ...argv)
  expect(await check(...demanded())).toMatchObject({ code: 0, stdout: expect.stringContaining('by the witness w.o') })

  const home = join(folder, 'stranger')
  await mkdir(home)
  const stranger = await startWitness({ home, logs: [key.vkey], name: 'w.stranger' })
  await stranger.stop()
  expect(await lockflight('audit', 'verify', 'export', '--witness', stranger.vkey)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('(witnesses): the log has'),
  })
  expect(await check('--witness', stranger.vkey)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not cosigned by the witness w.stranger'),
  })
  expect(await lockflight('audit', 'verify', '--witness', key.vkey)).toMatchObject({ stdout: '' })
})

test('a witness that is killed holds nothing up, is told about, and has the newest once it is back', async () => {
  const [one] = witnesses
  await one!.kill()
  await grow(100, 50)
  const size = await settledAt()
  const told = await lockflight('audit', 'sinks')
  expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('✗ witness w.e  failed') })
  expect((await ready()).status).toBe(200)
  const { items } = await (await client()).listSinks({})
  expect(items.find(({ name }) => name === 'witness w.o')).toMatchObject({ size, trouble: null })

  witnesses[0] = await startWitness({ home: join(folder, 'one'), logs: [key.vkey], name: 'w.e', port: one!.port })
  expect(witnesses[0].vkey).toBe(one!.vkey)
  await grow(150, 1)
  const troubled = async () => (await (await client()).listSinks({})).items.filter(({ trouble }) => trouble !== null)
  await expect.poll(troubled, patience).toEqual([])
  expect((await lockflight('audit', 'sinks')).code).toBe(0)
  expect((await lockflight('audit', 'verify', ...demanded())).code).toBe(0)
})

test('when as many witnesses are needed as there are, a server without one of them is not ready, and goes on', async () => {
  await witnesses[1]!.stop()
  await system.stop()
  system = await start({ LOCKFLIGHT_WITNESSES_NEEDED: '2' })
  expect((await ready()).status).toBe(503)
  await grow(151, 1)
  await expect
    .poll(async () => (await ready()).problems['checkpoints'], patience)
    .toContain('1 of 2 witnesses cosign, expected 2: ')
  await settledAt()
  const { port } = witnesses[1]!
  witnesses[1] = await startWitness({ home: join(folder, 'two'), logs: [key.vkey], name: 'w.o', port })
  await expect.poll(ready, patience).toEqual({ status: 200, problems: {} })
})

test('A30 F09 F10 a log that was cut off and goes on under its own key is refused by all who saw more, and the server says so', async () => {
  const size = await settledAt()
  const kept = await readFile(join(folder, 'kept.checkpoint'), 'utf8')
  await system.stop()
  // Everything the machine knew is as it was before the last entries, the memory of the log's head included.
  await tamper(
    pool,
    'delete from log_entry where index >= 100',
    'delete from log_checkpoint',
    'delete from log_cosignature',
    'delete from log_tile',
    `insert into log_queue (id, body, leaf_hash) select id, body, leaf_hash from log_entry order by index`,
    'delete from log_entry',
  )
  await rm(join(folder, 'log.head'))
  system = await start()
  const now = await settledAt()
  expect(now).toBeLessThan(size)
  const alarm = `has seen ${size} entries, but the log has only`
  await expect.poll(async () => (await ready()).problems['checkpoints'], patience).toContain(`witness w.e ${alarm}`)
  expect((await ready()).problems['checkpoints']).toContain(`witness w.o ${alarm}`)
  expect((await ready()).problems['checkpoints']).toContain(`kept.checkpoint ${alarm}`)

  await grow(400, 200)
  await expect.poll(settledAt, patience).toBeGreaterThan(size)
  await system.stop()
  system = await start()
  const forked = 'a log that this one does not go on from'
  await expect
    .poll(async () => (await ready()).problems['checkpoints'], patience)
    .toContain(`witness w.e has seen ${forked}`)
  const told = await lockflight('audit', 'sinks')
  expect(told.stdout.match(/contradicts the log/g)).toHaveLength(4)
  expect(await readFile(join(folder, 'kept.checkpoint'), 'utf8')).toBe(kept)
  const metrics = (await (await client()).read('/metrics')).toString()
  expect(metrics).toContain('lockflight_checkpoint_sink_forked{sink="witness w.o"} 1')

  await rm(join(folder, 'auditor'), { recursive: true })
  expect((await lockflight('audit', 'verify')).code).toBe(0)
  const found = await lockflight('audit', 'verify', ...demanded())
  expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining('w.e has cosigned nothing of it') })
  expect(await lockflight('audit', 'verify', '--checkpoint', 'kept.checkpoint')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('two histories'),
  })
})
