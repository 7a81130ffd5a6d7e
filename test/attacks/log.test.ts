import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createClient } from '../../src/client.ts'
import { readConfig } from '../../src/config.ts'
import { cosign } from '../../src/core/cosignature.ts'
import type { Credential } from '../../src/core/home.ts'
import { vkeyOf } from '../../src/core/note.ts'
import { logKey, openLogKey, type LogKey } from '../../src/log/key.ts'
import { sequence } from '../../src/log/sequence.ts'
import { createPool } from '../../src/store/connect.ts'
import { startSystem, type System } from '../../src/system.ts'
import { runCommand } from '../rig/cli.ts'
import { entriesFrom, queueEntries } from '../rig/entries.ts'
import { freshLog } from '../rig/log.ts'
import { freshDatabase } from '../rig/postgres.ts'
import type { Database } from '../rig/postgres-server.ts'
import { rebuildTiles, resignCheckpoints, shiftEntries, tamper } from '../rig/tampering.ts'

const configuration = 'project: shop\nenvironments: { dev: { deploy: { use: command, run: "true" } } }\n'
const tables = ['log_entry', 'log_tile', 'log_checkpoint']

let folder: string
let database: Database
let pool: ReturnType<typeof createPool>
let system: System
let credential: Credential
let key: LogKey
/** How many entries there were when the auditor first looked, and how many there are. */
let early: number
let size: number

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-tampered-'))
  database = await freshDatabase()
  pool = createPool({ url: database.url, connections: 2 })
  const env = {
    LOCKFLIGHT_HOME: folder,
    DATABASE_URL: database.url,
    LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
  }
  const config = readConfig(env, folder)
  system = await startSystem(config, '0.0.0-test')
  key = await openLogKey(join(folder, 'keys'), config.origin)
  credential = JSON.parse(await readFile(join(folder, 'credentials.json'), 'utf8')) as Credential
  const client = createClient(credential)
  await client.applyRevision({ project: 'shop', text: configuration })
  await queueEntries(pool, entriesFrom(0, 300))
  early = await settled()
  await keep('early')
  await client.holdEnvironment({ project: 'shop', environment: 'dev', reason: 'a test' })
  await queueEntries(pool, entriesFrom(300, 300))
  size = await settled()
  await keep('now')
  // What the auditor remembers of the log from then on.
  await verify()
})
afterEach(async () => restore('now'))
afterAll(async () => {
  await system.stop()
  await pool.end()
  await database.drop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** How many entries there are, as soon as none waits for its place. */
async function settled(): Promise<number> {
  await vi.waitFor(async () => expect((await pool.query('select from log_queue')).rowCount).toBe(0), 10_000)
  return (await pool.query<{ size: number }>('select max(size) as size from log_checkpoint')).rows[0]!.size
}

async function keep(moment: string): Promise<void> {
  await pool.query(
    [`create schema ${moment}`, ...tables.map((name) => `create table ${moment}.${name} as table ${name}`)].join(';'),
  )
}

async function restore(moment: string): Promise<void> {
  await tamper(
    pool,
    ...tables.flatMap((name) => [`delete from ${name}`, `insert into ${name} select * from ${moment}.${name}`]),
  )
}

/** Asks the command line of an auditor, on a machine of their own. */
async function verify(...argv: string[]) {
  const env = {
    LOCKFLIGHT_HOME: join(folder, 'auditor'),
    LOCKFLIGHT_SERVER: credential.url,
    LOCKFLIGHT_TOKEN: credential.token,
  }
  return runCommand(['audit', 'verify', ...argv], { cwd: folder, env })
}

async function audit(...argv: string[]): Promise<unknown> {
  const { code, stdout } = await verify('--json', ...argv)
  const answer = JSON.parse(stdout) as { ok?: boolean }
  expect(code).toBe(answer.ok ? 0 : 1)
  return answer
}

test('a log that nobody touched is whole, and so are its records', async () => {
  expect(await audit()).toMatchObject({ ok: true, size })
})

test('a proof of a promotion is checked without the server; one changed letter is refused', async () => {
  const server = {
    LOCKFLIGHT_HOME: join(folder, 'auditor'),
    LOCKFLIGHT_SERVER: credential.url,
    LOCKFLIGHT_TOKEN: credential.token,
  }
  const prove = (...argv: string[]) =>
    runCommand(['audit', 'proof', ...argv, '--project', 'checkout'], { cwd: folder, env: server })
  const check = (...argv: string[]) =>
    runCommand(['audit', 'verify-proof', ...argv], { cwd: folder, env: { LOCKFLIGHT_HOME: join(folder, 'nowhere') } })
  const file = join(folder, 'promotion.proof.json')
  expect(await prove('promotion-3', '--out', file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('60 entries'),
  })
  expect(await prove('promotion-3', '--out', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('already there'),
  })
  const text = await readFile(file, 'utf8')
  expect(await prove('promotion-3')).toMatchObject({ code: 0, stdout: text })
  expect(await prove('promotion-none')).toMatchObject({ code: 1, stderr: expect.stringContaining('has nothing about') })

  const { code, stdout } = await check(file, '--key', key.vkey)
  expect(code).toBe(0)
  expect(stdout).toContain('says this of promotion promotion-3')
  expect(stdout).toContain('signed with the key you gave')
  expect((await check(file)).stdout).toContain(`compare it with one you got another way\n  ${key.vkey}`)
  const stranger = logKey(generateKeyPairSync('ed25519').privateKey, key.name)
  expect(await check(file, '--key', stranger.vkey)).toMatchObject({ code: 1, stdout: '' })
  await writeFile(file, text.replace('lockflight@system', 'lockfligth@system'))
  expect(await check(file)).toMatchObject({ code: 1, stderr: expect.stringContaining('is not in the log') })
})

const forge = `update log_entry set body = replace(body, 'gate.passed', 'gate.failed') where index = 200`

test.each<[string, () => Promise<void> | Promise<unknown>, () => object]>([
  ['a row changed', () => tamper(pool, forge), () => ({ violates: 'integrity', index: 200 })],
  [
    'a row deleted in the middle',
    () => tamper(pool, 'delete from log_entry where index = 200'),
    () => ({ violates: 'completeness', index: 200 }),
  ],
  [
    'the tail deleted, and the head made to fit',
    async () => {
      await tamper(
        pool,
        `delete from log_entry where index >= ${early}`,
        `delete from log_checkpoint where size > ${early}`,
      )
      await rebuildTiles(pool)
    },
    () => ({ violates: 'completeness', index: early }),
  ],
  [
    'two rows exchanged',
    () =>
      tamper(
        pool,
        'update log_entry set index = 999999 where index = 40',
        'update log_entry set index = 40 where index = 250',
        'update log_entry set index = 250 where index = 999999',
      ),
    () => ({ violates: 'integrity', index: 40 }),
  ],
  [
    'a back-dated row put in between',
    () =>
      tamper(
        pool,
        ...shiftEntries(100, 1),
        `insert into log_entry select 100, 'forged', type, project, environment, subject, actor, at,
           replace(body, '"number"', '"forged"'), leaf_hash from log_entry where index = 99`,
      ),
    () => ({ violates: 'integrity', index: 100 }),
  ],
  [
    'all hashes made anew without the key',
    async () => {
      await tamper(pool, forge)
      await rebuildTiles(pool)
    },
    () => ({ violates: 'integrity', reason: expect.stringMatching(/one of the entries \d+ to \d+ was changed/) }),
  ],
  [
    'a backup restored that is older than what the auditor saw',
    () => restore('early'),
    () => ({ violates: 'completeness', index: early }),
  ],
  [
    'a disabled trigger and a row changed',
    () =>
      pool.query(
        `alter table log_entry disable trigger log_entry_immutable; ${forge}; alter table log_entry enable trigger log_entry_immutable`,
      ),
    () => ({ violates: 'integrity', index: 200 }),
  ],
])('A30 %s: audit verify fails and names the place', async (_, doIt, found) => {
  await doIt()
  expect(await audit()).toMatchObject({ ok: false, ...found() })
})

test('A30 two histories shown to two auditors are found when one has the checkpoint of the other', async () => {
  await using fork = await freshLog()
  await queueEntries(fork.pool, entriesFrom(1, early))
  await sequence(fork.pool, key, { limit: 10_000, seen: null })
  const { rows } = await fork.pool.query<{ note: string }>('select note from log_checkpoint')
  const note = join(folder, 'the-other-auditor.note')
  await writeFile(note, rows[0]!.note)
  expect(await audit('--checkpoint', note)).toMatchObject({ ok: false, violates: 'consistency' })
  const { stdout } = await verify('--checkpoint', note)
  expect(stdout).toMatch(/^✗ the log fails at entry 0 \(consistency\): .*two histories/)
})

test('A30 another key under every checkpoint is found by who knows the first one', async () => {
  const forger = logKey(generateKeyPairSync('ed25519').privateKey, key.name)
  const { rows } = await pool.query<{ size: number; note: string }>('select size, note from log_checkpoint')
  for (const { size: at, note } of rows) {
    const text = note.slice(0, note.indexOf('\n\n') + 1)
    await tamper(pool, `update log_checkpoint set note = '${forger.sign(text)}' where size = ${at}`)
  }
  expect(await audit()).toMatchObject({
    violates: 'consistency',
    index: 0,
    reason: expect.stringContaining('not signed'),
  })
})

test('A30 a log rewritten with its stolen key is found by its witness, and by any checkpoint that was kept', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const witness = { name: 'w.test', publicKey }
  const { rows } = await pool.query<{ note: string }>('select note from log_checkpoint where size = $1', [size])
  const text = rows[0]!.note.slice(0, rows[0]!.note.indexOf('\n\n') + 1)
  const line = cosign(text, witness.name, { privateKey, time: 1_700_000_000 })
  const vkey = vkeyOf(witness, 'cosignature')
  await pool.query('insert into log_cosignature (size, witness, line) values ($1, $2, $3)', [size, vkey, line])
  const kept = join(folder, 'kept.note')
  await writeFile(kept, rows[0]!.note + line)
  const stranger = (...argv: string[]) =>
    runCommand(['audit', 'verify', ...argv], {
      cwd: folder,
      env: {
        LOCKFLIGHT_HOME: join(folder, `stranger-${argv.length}`),
        LOCKFLIGHT_SERVER: credential.url,
        LOCKFLIGHT_TOKEN: credential.token,
      },
    })
  expect(await stranger('--witness', vkey, '--json')).toMatchObject({ code: 0 })

  await tamper(pool, forge, `update log_entry set leaf_hash = sha256('\\x00'::bytea || convert_to(body, 'UTF8'))`)
  await rebuildTiles(pool)
  await resignCheckpoints(pool, key)
  expect((await stranger()).stdout).toContain('the log is whole')
  expect(await stranger('--witness', vkey)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining(`the log has ${size} entries, and the witness w.test has cosigned nothing of it`),
  })
  expect(await audit('--checkpoint', kept)).toMatchObject({ ok: false, violates: 'consistency' })
})

test.each([
  ['a trusted key replaced', 'trusted_key', `update trusted_key set public_key = 'another'`, 'key'],
  ['a hold lifted', 'environment', `update environment set hold_by = null, hold_reason = null, hold_at = null`, 'hold'],
  ['an entry hidden from searches', 'log_entry', `update log_entry set project = 'other' where index = 77`, 'entry'],
])('A30 %s without a word in the log: audit verify names the record', async (_, table, statement, kind) => {
  await pool.query(`create table now.was as table ${table}`)
  await tamper(pool, statement)
  const found = await audit()
  expect(found).toMatchObject({ ok: false, violates: 'records', discrepancies: [expect.objectContaining({ kind })] })
  await tamper(pool, `delete from ${table}`, `insert into ${table} select * from now.was`, 'drop table now.was')
})
