import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/client.ts'
import type { Credential } from '../../src/core/home.ts'
import { createPool } from '../../src/store/connect.ts'
import { runCommand, startCommand } from '../rig/cli.ts'
import { freshDatabase } from '../rig/postgres.ts'
import type { Database } from '../rig/postgres-server.ts'
import { createRepository } from '../rig/repository.ts'

const passphrase = 'tr0ub4dor & 3 horses'
const configuration = `
project: shop
pipeline:
  jobs:
    package:
      stage: package
      steps: [{ run: 'env; tr "\\\\0" "\\\\n" < /proc/self/environ; ps axww -o args; echo hello > app.txt' }]
      artifacts: [{ name: app.txt, path: app.txt }]
environments:
  dev:
    promote: auto
    gates: [{ use: signature }, { use: command, run: 'env; ps axww -o args' }]
    deploy: { use: command, run: 'env; ps axww -o args' }
`

let folder: string
let home: string
let database: Database
let client: Client
let server: ReturnType<typeof startCommand>
const printed: Buffer[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-keys-'))
  home = join(folder, 'home')
  database = await freshDatabase()
  const env = { ...serverEnv(), LOCKFLIGHT_KEY_PASSPHRASE: passphrase }
  server = startCommand(['server'], { cwd: folder, env })
  await new Promise<void>((answers, ended) => {
    server.once('exit', () => ended(new Error(Buffer.concat(printed).toString())))
    for (const stream of [server.stdout, server.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        printed.push(chunk)
        if (Buffer.concat(printed).includes('answers at')) answers()
      })
    }
  })
  client = createClient(JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8')) as Credential)
})
afterAll(async () => {
  server.kill('SIGTERM')
  await new Promise((done) => (server.exitCode === null ? server.once('exit', done) : done(null)))
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

const serverEnv = () => ({
  LOCKFLIGHT_HOME: home,
  DATABASE_URL: database.url,
  LOCKFLIGHT_DATABASE_UNSAFE: 'true',
  LOCKFLIGHT_LISTEN: '127.0.0.1:0',
})

/** What must be found nowhere: the passphrase, and the private part of every key, in any usual spelling. */
async function canaries(): Promise<string[]> {
  const files = (await readdir(join(home, 'keys'))).filter((name) => name.startsWith('provenance'))
  const secrets = await Promise.all(
    files.map(async (name) => {
      const pem = await readFile(join(home, 'keys', name), 'utf8')
      expect(pem, name).toContain('ENCRYPTED')
      const { d = '' } = createPrivateKey({ key: pem, passphrase }).export({ format: 'jwk' })
      return Buffer.from(d, 'base64url')
    }),
  )
  expect(secrets).toHaveLength(2)
  return [Buffer.from(passphrase), ...secrets].flatMap((bytes) => [
    bytes.toString('hex'),
    bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    bytes.toString('base64url').slice(0, -1),
    ...(bytes.equals(Buffer.from(passphrase)) ? [passphrase, encodeURIComponent(passphrase)] : []),
  ])
}

const found = (text: string, needles: string[]) => needles.filter((needle) => text.includes(needle))

/** Every row of every table, as a dump would have it. */
async function dump(): Promise<string> {
  const pool = createPool({ url: database.url, connections: 1 })
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  const texts: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<{ text: string }>(`select t::text as text from ${name} t`)
    texts.push(name, ...rows.map(({ text }) => text))
  }
  await pool.end()
  return texts.join('\n')
}

/** Everything in the home folder but the keys themselves. */
async function filesAtHome(): Promise<Record<string, string>> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const ours = paths.filter((path) => !relative(home, path).startsWith('keys/'))
  return Object.fromEntries(
    await Promise.all(ours.map(async (path) => [path, await readFile(path, 'latin1')] as const)),
  )
}

test('A21 neither the passphrase nor a private key is in any answer, log, event, export, process, file or table', async () => {
  const repository = await createRepository(join(folder, 'repository'))
  await repository.commit({ files: { 'lockflight.yaml': configuration } })
  await client.applyRevision({ project: 'shop', text: configuration })
  const { id } = await client.startRun({ project: 'shop', repository: repository.folder, ref: 'main' })
  const live = async () => (await client.getStatus({ project: 'shop' })).environments[0]?.live?.release
  await expect.poll(live, { timeout: 40_000 }).toBeDefined()
  const rotated = await client.rotateKey({ reason: 'spring cleaning' })
  const revoked = await client.revokeKey({ id: rotated.id, reason: passphrase.slice(0, 3) }).catch(String)
  const wrong = await client.revokeKey({ id: 'none', reason: 'nothing' }).catch(String)

  const run = await client.getRun({ project: 'shop', id })
  const cli = (...argv: string[]) =>
    runCommand([...argv, '--project', 'shop'], { cwd: folder, env: { LOCKFLIGHT_HOME: home } })
  const { url } = JSON.parse(await readFile(join(home, 'server.json'), 'utf8')) as { url: string }
  const [promotion] = (await client.listPromotions({ project: 'shop' })).items
  const sinks: Record<string, string> = {
    'what jobs print': JSON.stringify(await client.readRunLog({ project: 'shop', id, job: 'package' })),
    'what deployers print': JSON.stringify(
      await client.readDeploymentLog({ project: 'shop', id: promotion!.id, attempt: 1 }),
    ),
    'the log': JSON.stringify(await client.listEntries({ limit: 200 })),
    answers: JSON.stringify([run, rotated, revoked, wrong, await client.listKeys({}), await client.getMe({})]),
    'health and metrics': await (await fetch(`${url}/readyz`)).text(),
    'an export': JSON.stringify(await cli('release', 'export', run.release!, 'exported')),
    'what the server prints': Buffer.concat(printed).toString(),
    'the database': await dump(),
    ...(await filesAtHome()),
  }
  for (const name of await readdir(join(folder, 'exported'), { recursive: true })) {
    sinks[`exported/${name}`] = await readFile(join(folder, 'exported', name), 'utf8').catch(() => '')
  }
  const needles = await canaries()
  // It looks for something that is there: the public part of the key, and what the job printed.
  expect(sinks['what jobs print']).toContain('LOCKFLIGHT_RUN=')
  expect(sinks['what deployers print']).toContain('LOCKFLIGHT_ENVIRONMENT=dev')
  expect(sinks['the database']).toContain(rotated.publicKey!.split('\n')[1])
  for (const [name, text] of Object.entries(sinks)) expect(found(text, needles), name).toEqual([])
})

test('A21 nothing that the server starts gets the passphrase, in its environment or its arguments', async () => {
  const children = await descendantsOf(server.pid!)
  expect(children.length).toBeGreaterThan(0)
  for (const pid of children) {
    const [environment, line] = await Promise.all(
      ['environ', 'cmdline'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
    )
    expect(`${environment} ${line}`, line).not.toContain(passphrase)
  }
})

test('A21 a server that cannot open its keys says so without a word of the passphrase it was given', async () => {
  server.kill('SIGTERM')
  await new Promise((done) => server.once('exit', done))
  const env = { ...serverEnv(), LOCKFLIGHT_KEY_PASSPHRASE: `${passphrase} or not` }
  const { code, stdout, stderr } = await runCommand(['server'], { cwd: folder, env })
  expect(code).not.toBe(0)
  expect(stderr).toContain('the passphrase in LOCKFLIGHT_KEY_PASSPHRASE does not open the key in')
  expect(`${stdout} ${stderr}`).not.toContain('tr0ub4dor')
  const without = await runCommand(['server'], { cwd: folder, env: serverEnv() })
  expect(without).toMatchObject({ stderr: expect.stringContaining('LOCKFLIGHT_KEY_PASSPHRASE_FILE') })
})

async function descendantsOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const parents = new Map(
    await Promise.all(
      pids.map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
        return [Number(pid), Number(/\) \S (\d+)/.exec(stat)?.[1] ?? 0)] as const
      }),
    ),
  )
  const isBelow = (pid: number): boolean => pid > 1 && (parents.get(pid) === parent || isBelow(parents.get(pid) ?? 0))
  return [...parents.keys()].filter(isBelow)
}
