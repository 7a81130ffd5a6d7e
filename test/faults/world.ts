import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createClient, type Client } from '../../src/client.ts'
import type { Credential } from '../../src/core/home.ts'
import { openLogKey } from '../../src/log/key.ts'
import { openIdentity } from '../../src/witness/witness-identity.ts'
import { startTestPostgres } from '../rig/postgres-server.ts'

const run = promisify(execFile)
const entryPoint = new URL('../../bin/lockflight', import.meta.url).pathname

/** One `lockflight server` or `lockflight witness` that is started again whenever it dies. */
export interface ServerProcess {
  home: string
  process: ChildProcess
}

/** Two servers on one database and one set of targets, a witness of their log, a repository to build, and people. */
export interface World {
  folder: string
  targets: string
  repository: string
  databaseUrl: string
  postgresPid: () => number
  servers: ServerProcess[]
  witness: ServerProcess & { vkey: string }
  admin: Client
  approver: Client
  /** How often each server was started. */
  starts: () => number
  /** What each server said. */
  logs: string[]
  stop(): Promise<void>
}

/** No acknowledged write may be lost when PostgreSQL is killed, so unlike in other tests it writes durably. */
const durable = { fsync: 'on', synchronous_commit: 'on', max_connections: '100', shared_buffers: '64MB' }

/** Two servers over one PostgreSQL, ready to be asked and killed; `stop` ends everything and takes the folder away. */
export async function startWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-faults-'))
  await using begun = new AsyncDisposableStack()
  begun.defer(() => rm(folder, { recursive: true, force: true }))
  const postgres = await startTestPostgres(durable)
  begun.defer(() => postgres.remove())
  const targets = join(folder, 'target-logs')
  await mkdir(targets)
  const repository = await makeRepository(folder, targets)
  const homes = await makeHomes(folder)
  let stopping = false
  let starts = 0
  const servers: ServerProcess[] = []
  const witness = await startWitness(folder, homes[0] ?? '')
  begun.defer(() => witness.stop())
  begun.defer(async () => {
    stopping = true
    for (const server of servers) await ended(server.process)
  })

  const start = (home: string): ChildProcess => {
    starts += 1
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      LOCKFLIGHT_HOME: home,
      LOCKFLIGHT_LISTEN: `127.0.0.1:${portOf(home)}`,
      DATABASE_URL: postgres.url,
      LOCKFLIGHT_GRACE_SECONDS: '5',
      LOCKFLIGHT_WITNESSES: `${witness.vkey} ${witness.url}`,
      LOCKFLIGHT_REACHABLE: '127.0.0.1',
    }
    const child = spawn(process.execPath, [entryPoint, 'server'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const log = createWriteStream(`${home}.log`, { flags: 'a' })
    child.stdout.pipe(log)
    child.stderr.pipe(log)
    child.once('exit', () => {
      if (stopping) return
      const server = servers.find((one) => one.home === home)
      if (server) server.process = start(home)
    })
    return child
  }
  const portOf = (home: string) => ports[homes.indexOf(home)] ?? 0
  const ports = await freePorts(homes.length)

  for (const home of homes) {
    servers.push({ home, process: start(home) })
    await until(async () => (await readCredential(home)) !== undefined, 60, `the server in ${home} to start`)
  }
  const [first = ''] = homes
  const credential = await readCredential(first)
  if (!credential) throw new Error('the first server left no credential')
  const admin = createClient({ url: credential.url, token: credential.token })
  const approver = await addApprover(admin, credential.url)
  // From here on it is the caller who ends all of this.
  const started = begun.move()
  return {
    folder,
    targets,
    repository,
    databaseUrl: postgres.url,
    postgresPid: postgres.pid,
    servers,
    witness,
    admin,
    approver,
    starts: () => starts,
    logs: [...homes, witness.home].map((home) => `${home}.log`),
    stop: () => started.disposeAsync(),
  }
}

/** It knows the key that both servers sign with, and answers at the same place again after it was killed. */
async function startWitness(folder: string, first: string) {
  const home = join(folder, 'witness')
  const log = await openLogKey(join(first, 'keys'), 'lockflight.localhost')
  const { vkey } = await openIdentity(home, { given: 'witness.faults', otherwise: '' })
  const [port = 0] = await freePorts(1)
  const argv = [entryPoint, 'witness', '--folder', home, '--listen', `127.0.0.1:${port}`, '--log', log.vkey]
  let stopping = false
  const start = (): ChildProcess => {
    const env = { PATH: process.env['PATH'], HOME: folder }
    const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.pipe(createWriteStream(`${home}.log`, { flags: 'a' }))
    child.once('exit', () => {
      if (!stopping) witness.process = start()
    })
    return child
  }
  const witness = {
    home,
    vkey,
    url: `http://127.0.0.1:${port}`,
    process: start(),
    async stop() {
      stopping = true
      await ended(witness.process)
    },
  }
  return witness
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exit
}

/** The second home shares what two servers of one installation share: keys, artifacts, targets. */
async function makeHomes(folder: string): Promise<string[]> {
  const [first, second] = [join(folder, 'one'), join(folder, 'two')]
  for (const shared of ['keys', 'artifacts', 'targets'])
    await mkdir(join(first, shared), { recursive: true, mode: 0o700 })
  await mkdir(second, { mode: 0o700 })
  for (const shared of ['keys', 'artifacts', 'targets']) await symlink(join(first, shared), join(second, shared))
  return [first, second]
}

async function freePorts(count: number): Promise<number[]> {
  const { createServer } = await import('node:net')
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.once('listening', resolve))))
  const ports = holders.map((holder) => (holder.address() as { port: number }).port)
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}

async function readCredential(home: string): Promise<Credential | undefined> {
  const text = await readFile(join(home, 'credentials.json'), 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Credential)
}

async function addApprover(admin: Client, url: string): Promise<Client> {
  const { id } = await admin.saveMember({ subject: 'bob', kind: 'human', name: 'bob', emails: [] })
  await admin.addGrant({ actor: id, role: 'approver', project: null, environment: null })
  const { secret } = await admin.createToken({ owner: id, label: 'faults', expiresAfter: '1d' })
  return createClient({ url, token: secret })
}

/** A pipeline of one small job, and three environments whose script writes down what it was told, before and after. */
async function makeRepository(folder: string, targets: string): Promise<string> {
  const repository = join(folder, 'repository')
  await mkdir(repository)
  await cp(new URL('./deploy.bash', import.meta.url), join(folder, 'deploy.bash'))
  const deploy = `
    deploy:
      use: command
      run: exec bash "$SCRIPT"
      env: { SCRIPT: '${join(folder, 'deploy.bash')}', TARGET_LOG: '${targets}' }`
  const text = `
project: faulty
pipeline:
  jobs:
    package:
      stage: package
      steps:
        - run: echo "$LOCKFLIGHT_RUN" > shop.txt
        - run: for n in 1 2 3 4 5; do echo "line $n"; read -t 0.05 -r _ < <(:) || true; done
      artifacts: [{ name: shop.txt, path: shop.txt }]
environments:
  dev:
    promote: auto${deploy}
  stg:
    after: [dev]
    promote: auto
    gates: [{ use: signature }]${deploy}
  prod:
    after: [stg]
    promote: auto
    gates:
      - use: provenance
        builders: [https://lockflight.localhost/builder]
      - use: approval${deploy}
`
  await writeFile(join(repository, 'lockflight.yaml'), text)
  const git = (...args: string[]) => run('git', ['-C', repository, ...args])
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '.')
  const who = ['-c', 'user.name=Faults', '-c', 'user.email=faults@example.org']
  await git(...who, 'commit', '--quiet', '--message', 'Start')
  return repository
}

/** Looks again and again until it is true; a throw counts as not yet. */
export async function until(isTrue: () => Promise<boolean>, seconds: number, what: string): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  while (!(await isTrue().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}`)
    await pause(100)
  }
}
