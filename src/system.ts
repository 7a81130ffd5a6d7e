import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { createAccess } from './access/cedar.ts'
import type { App } from './app/app.ts'
import { checkSigner } from './app/check-signer.ts'
import { registerKeys } from './app/register-keys.ts'
import { createFileArtifacts } from './artifacts/file-artifacts.ts'
import type { Config } from './config.ts'
import { digestOf } from './core/digest.ts'
import type { NewEntry } from './core/entry.ts'
import { Refusal } from './core/refusal.ts'
import type { Store } from './core/store.ts'
import { createFronts } from './deployers/fronts.ts'
import { createDeployers } from './deployers/index.ts'
import { openBranchFile } from './git/branch-file.ts'
import { createGitRepositories } from './git/git-repositories.ts'
import { createServer } from './http/server.ts'
import type { PublicLog } from './http/surroundings.ts'
import { acceptLoss } from './log/accept-loss.ts'
import { checkLogKey } from './log/check-key.ts'
import { entries } from './log/entries.ts'
import { logHistory } from './log/history.ts'
import { openLogKey, type LogKey } from './log/key.ts'
import { openSeenHead } from './log/seen-head.ts'
import { startSequencer, type Sequencer } from './log/sequencer.ts'
import { readCheckpoint, readEntryBundle, readTile } from './log/tiles.ts'
import { admitOperator } from './operator.ts'
import { createHttp } from './outside/http.ts'
import { createRegistries } from './registries/registries.ts'
import { createRouters } from './routers/index.ts'
import { credentialPlaces } from './runners/credential-places.ts'
import { createProcessRunner } from './runners/process.ts'
import { runCommand } from './runners/run-command.ts'
import { createSigner } from './signers/index.ts'
import { createSecretBox } from './signers/secret-box.ts'
import { startSinks } from './sinks/start-sinks.ts'
import { readConfiguration, slots } from './slots.ts'
import { checkDatabase } from './store/check-database.ts'
import { createPool } from './store/connect.ts'
import { startEmbedded } from './store/embedded.ts'
import { migrate, readMigrations } from './store/migrate.ts'
import { createQueue } from './store/queue.ts'
import { refusalOf } from './store/refusals.ts'
import { createStore } from './store/store.ts'
import { createVerifications } from './verifications/index.ts'
import { startWorker } from './worker.ts'

/** A running Lockflight: database, log, API and workers. */
export interface System {
  /** Where it answers. */
  url: string
  /** Takes no more work, lets running work end within the grace, and closes everything. */
  stop(): Promise<void>
}

/** Starts everything there is, in the order of what needs what; when a part does not start, what was started before it is stopped again. */
export async function startSystem(config: Config, version: string): Promise<System> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = () => inReverse(undo)
  try {
    const url = await start(config, version, (step) => undo.push(step))
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function inReverse(steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps.splice(0).toReversed()) await step()
}

async function start(config: Config, version: string, later: (step: () => Promise<unknown>) => void): Promise<string> {
  const { folder } = config.home
  const keys = join(folder, 'keys')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  const grace = config.graceSeconds * 1000

  const databaseUrl = await openDatabase(config, later)
  const pool = createPool({ url: databaseUrl, connections: config.databaseConnections })
  later(() => pool.end())
  for (const weakness of await checkDatabase(pool, { unsafe: config.databaseUnsafe })) report('the database', weakness)
  await migrate(databaseUrl, await readMigrations())

  const logKey = await openLogKey(keys, config.origin)
  await checkLogKey(pool, logKey, keys)
  const seen = await openSeenHead(config.home.logHeadFile, logKey)
  const sequencer = startSequencer({
    pool,
    key: logKey,
    seen,
    report: (problem) => problem && report('the log', problem),
  })
  later(() => sequencer.stop())
  const sinks = startSinks({
    settings: config.checkpoints,
    log: logHistory(pool, logKey),
    http: createHttp({ opened: config.reachable }),
    openBranch: (place) => openBranchFile({ ...place, path: 'checkpoint', folder: mirrorFolder(folder, place) }),
    report: (name, trouble) => report(name, trouble ?? 'takes checkpoints again'),
  })
  sequencer.onGrowth(sinks.wake)
  later(() => sinks.stop())

  // Closed after the queue, whose work needs them, although they are made after it.
  const parts: (() => Promise<unknown>)[] = []
  later(() => inReverse(parts))
  const concurrency = { 'execute-run': config.runWorkers, 'advance-promotion': config.promotionWorkers }
  const queue = await createQueue({ url: databaseUrl, concurrency, report })
  later(() => queue.stop(grace))
  const store = createStore({ pool, outbox: queue, entries, newId: randomUUIDv7, logged: sequencer.wake })
  const log = (entry: NewEntry) => store.transaction((tx) => tx.log(entry))
  await acceptLoss({ file: config.home.logLossFile, pool, key: logKey, seen, log })

  const app = await createApp({
    config,
    version,
    store,
    keys,
    sinks: sinks.states,
    later: (step) => parts.push(step),
  })
  await registerKeys(app, logKey.vkey)
  const operator = await admitOperator(app)
  const server = await createServer(app, {
    log: publicLog(pool, logKey, sequencer),
    source: config.builderId,
    checks: {
      database: () => pool.query('select 1'),
      log: async () => refuse(sequencer.problem()),
      signer: () => checkSigner(app),
      ...(sinks.states().length > 0 && { checkpoints: async () => sinks.check() }),
    },
    report: (error, request) => report(`request ${request}`, error),
  })
  later(() => server.close())
  const url = await listen(server, config.listen)
  await operator.leaveCredential(url, config.home.credentialsFile)
  later(await startWorker(app, queue, report))
  return url
}

async function openDatabase(config: Config, later: (step: () => Promise<unknown>) => void): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl
  const embedded = await startEmbedded(config.home.folder, { report: (message) => report('the database', message) })
  later(() => embedded.stop())
  return embedded.url
}

/** The verbs with every real part behind them, in the folders of `config.home`; `later` gets what is to be stopped. */
export async function createApp({
  config,
  version,
  store,
  keys,
  sinks = () => [],
  later,
}: {
  config: Config
  version: string
  store: Store
  keys: string
  sinks?: App['sinks']
  later: (step: () => Promise<unknown>) => void
}): Promise<App> {
  const { folder } = config.home
  const now = await store.read(async (tx) => tx.now)
  const artifacts = createFileArtifacts({ folder: join(folder, 'artifacts'), limitBytes: config.artifactBytes })
  const repositories = await createGitRepositories({ folder: join(folder, 'repositories'), closed: [folder] })
  const targets = join(folder, 'targets')
  const outside = { command: runCommand, http: createHttp({ opened: config.reachable }) }
  const runner = createProcessRunner({
    repositories,
    artifacts,
    workFolder: join(folder, 'jobs'),
    hidden: [folder],
    covered: credentialPlaces(homedir()),
    path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  })
  later(() => runner.close())
  return {
    store,
    access: createAccess(),
    artifacts,
    repositories,
    registries: createRegistries(outside.http),
    runner,
    signer: await createSigner(config.signer, { folder: keys, now: () => store.read(async (tx) => tx.now) }),
    secretBox: await createSecretBox({ folder: keys, now }),
    outside,
    gates: slots.gates,
    deployers: createDeployers({ artifacts, folder: targets, hidden: [folder], outside }),
    routers: createRouters({ outside, fronts: createFronts({ folder: targets }) }),
    verifications: createVerifications({ outside }),
    reports: slots.reports,
    sinks,
    builderId: config.builderId,
    version,
    readConfiguration,
    newId: randomUUIDv7,
    randomBytes,
  }
}

/** The log as outsiders read it; while the database is away they are told so, as everywhere else. */
export function publicLog(pool: Pool, { vkey }: LogKey, { onGrowth }: Pick<Sequencer, 'onGrowth'>): PublicLog {
  const answered = <Answer>(reading: Promise<Answer>) =>
    reading.catch((error: unknown) => {
      throw refusalOf(error) ?? error
    })
  return {
    vkey,
    checkpoint: () => answered(readCheckpoint(pool)),
    tile: (level, index, width) => answered(readTile(pool, { level, index }, width)),
    entries: (index, width) => answered(readEntryBundle(pool, index, width)),
    onGrowth,
  }
}

/** Each branch has a mirror of its own, so that two servers' homes or two branches never meet in one. */
function mirrorFolder(home: string, { repository, branch }: { repository: string; branch: string }): string {
  return join(home, 'checkpoint-mirrors', digestOf(`${repository}#${branch}`).slice(7, 23))
}

function refuse(problem: Error | null): void {
  if (problem) throw problem
}

type Server = Awaited<ReturnType<typeof createServer>>

/** The chosen port, or any free one when it is taken and was not chosen by the person who runs this. */
async function listen(server: Server, { host, port, chosen }: Config['listen']): Promise<string> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (chosen && ['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES'].includes(code ?? '')) {
      const remedy = 'choose another address with LOCKFLIGHT_LISTEN, or port 0 for any that is free'
      throw new Refusal('unavailable', `cannot answer at ${host}:${port} (${message}); ${remedy}`, { cause: error })
    }
    if (chosen || code !== 'EADDRINUSE') throw error
    await server.listen({ host, port: 0 })
  }
  const bound = server.server.address() as AddressInfo
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}

function report(what: string, trouble: unknown): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), what, trouble: textOf(trouble) })}\n`)
}

/** A refusal says all that whoever reads it can act on; of anything else it counts where it came from. */
function textOf(trouble: unknown): string {
  if (!(trouble instanceof Error)) return String(trouble)
  return trouble instanceof Refusal ? trouble.message : (trouble.stack ?? trouble.message)
}
