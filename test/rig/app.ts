import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { createAccess } from '../../src/access/cedar.ts'
import { advancePromotion } from '../../src/app/advance-promotion.ts'
import type { App } from '../../src/app/app.ts'
import { attachSummaries } from '../../src/app/attach-summaries.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { cleanUp } from '../../src/app/clean-up.ts'
import { completeRun } from '../../src/app/complete-run.ts'
import { executeRun } from '../../src/app/execute-run.ts'
import { newlyTrusted } from '../../src/core/active-key.ts'
import { createFileArtifacts } from '../../src/artifacts/file-artifacts.ts'
import { actorId, type Actor } from '../../src/core/actor.ts'
import { carryOutTakeDown } from '../../src/app/take-down.ts'
import type { Role } from '../../src/core/access.ts'
import { configurationSchema } from '../../src/core/configuration.ts'
import { digestOf } from '../../src/core/digest.ts'
import type { Entry } from '../../src/core/entry.ts'
import type { Job } from '../../src/core/job.ts'
import type { Promotion } from '../../src/core/promotion.ts'
import type { OneWayChange } from '../../src/core/one-way.ts'
import { readConfiguration } from '../../src/core/read-configuration.ts'
import type { Artifact, Release } from '../../src/core/release.ts'
import type { ReportResults } from '../../src/core/report.ts'
import type { Run, RunJob } from '../../src/core/run.ts'
import { fillFiles } from '../../src/core/named-files.ts'
import type { Store } from '../../src/core/store.ts'
import type { Verification } from '../../src/core/verification.ts'
import { gates } from '../../src/gates/index.ts'
import { entryData } from '../../src/core/entry-data.ts'
import { entries } from '../../src/log/entries.ts'
import { readEgressRule } from '../../src/core/egress-rule.ts'
import { createHttp } from '../../src/outside/http.ts'
import { reports } from '../../src/reports/index.ts'
import { createRegistries } from '../../src/registries/registries.ts'
import { createLocalSigner } from '../../src/signers/local-key.ts'
import { createSecretBox } from '../../src/signers/secret-box.ts'
import { createPool } from '../../src/store/connect.ts'
import { createStore, type Outbox } from '../../src/store/store.ts'
import type { Database } from './postgres-server.ts'
import { freshDatabase } from './postgres.ts'
import { createTarget } from './target.ts'

const project = 'shop'

/** What a release of the rig is made of; all of it has a default. */
interface Built {
  bytes?: string
  commit?: string
  branch?: string
  authorEmail?: string
  oneWay?: OneWayChange[]
  tests?: Partial<ReportResults['tests']>
  /** One that is really in the artifact store; when absent nobody will ask for its bytes. */
  artifact?: Artifact
}

/** What may take the place of the rig's own parts. */
interface Given {
  database?: Database
  outbox?: Outbox
  /** Makes the app; when absent it has a target that remembers everything, and no pipelines. */
  createApp?: (store: Store) => Promise<App>
}

/** The verbs over a real database, with queued jobs done when the test says so. */
export async function startApp(configuration: string, given: Given = {}) {
  const database = given.database ?? (await freshDatabase())
  const folder = await mkdtemp(`${tmpdir()}/lockflight-app-`)
  const pool = createPool({ url: database.url, connections: 20 })
  const jobs: Job[] = []
  const outbox = given.outbox ?? { add: async () => undefined, committed: (queued) => void jobs.push(...queued) }
  const newId = () => randomUUID()
  const store = conforming(createStore({ pool, outbox, entries, newId }))
  const now = new Date()
  const signer = await createLocalSigner({ folder, passphrase: null, now: async () => now })
  const target = createTarget()
  const answers = new Map<string, boolean>()
  const verification: Verification<{ of: string }> = {
    config: z.strictObject({ of: z.string() }),
    async check({ of }, request) {
      const passes = answers.get(request.release.digest) ?? true
      return { outcome: passes ? 'pass' : 'fail', reason: `${of} was asked` }
    },
  }
  const slots = {
    gates,
    deployers: { target: target.deployer },
    routers: { none: { config: z.strictObject({}), shift: async () => undefined, read: async () => null } },
    verifications: { answer: verification as Verification },
    reports,
  }
  const schema = configurationSchema(slots)
  const unused = () => {
    throw new Error('this test does not use it')
  }
  const simple: App = {
    store,
    access: createAccess(),
    artifacts: createFileArtifacts({ folder: join(folder, 'artifacts') }),
    repositories: {
      nameOf: (name) => name,
      resolve: unused,
      read: unused,
      find: unused,
      changes: unused,
      checkout: unused,
    },
    registries: createRegistries(createHttp({ opened: [readEgressRule('127.0.0.0/8')!] })),
    runner: { run: unused },
    signer,
    secretBox: await createSecretBox({ folder, now }),
    outside: { command: unused, http: unused },
    ...slots,
    sinks: () => [],
    builderId: 'https://lockflight.example/test',
    version: '0.0.0',
    readConfiguration: (text, file, files) =>
      readConfiguration(text, file, schema, files && ((value) => fillFiles(value, files))),
    newId,
    randomBytes,
  }
  const app = given.createApp ? await given.createApp(store) : simple
  for (const key of await app.signer.keys()) await store.transaction((tx) => tx.keys.add(newlyTrusted(key, tx.now)))
  const admin = await addMember('admin', ['admin', 'operator'])
  await applyRevision(app, admin, { project, text: configuration, file: 'lockflight.yaml', dryRun: false })

  async function addMember(name: string, roles: Role[], email?: string): Promise<Actor> {
    const id = actorId(name, 'local')
    await store.transaction(async (tx) => {
      const emails = email === undefined ? [] : [email]
      await tx.members.save({ id, kind: 'human', name, emails, disabled: false, createdAt: tx.now })
      for (const role of roles) await tx.members.grant({ actor: id, role, project: null, environment: null })
    })
    return { id, kind: 'human', name }
  }

  /** Puts a release through the real end of a run, as if its one job had just succeeded. */
  async function build({
    bytes = randomUUID(),
    commit,
    branch = 'main',
    authorEmail = '',
    oneWay,
    tests,
    artifact = { name: 'shop.tar.gz', digest: digestOf(bytes), sizeBytes: bytes.length },
  }: Built = {}): Promise<Release> {
    const run = await store.transaction(async (tx) => {
      const added = runOf(await tx.runs.nextNumber(project), { branch, authorEmail, at: tx.now })
      if (commit) added.source.commit = commit
      if (oneWay) added.pipeline.release = { 'one-way': oneWay }
      await tx.runs.add(added)
      return tx.runs.load(added.id)
    })
    const results = { tests: { total: 3, passed: 3, failed: 0, skipped: 0, flaky: 0, failures: [], ...tests } }
    const job: RunJob = {
      run: run.id,
      name: 'package',
      state: 'succeeded',
      attempt: 1,
      interruptions: 0,
      reason: '',
      outputs: {},
      artifacts: [artifact],
      reports: [{ format: 'junit', job: 'package', path: 'junit.xml', digest: digestOf('junit'), results }],
      startedAt: run.startedAt,
      finishedAt: run.startedAt,
    }
    await store.transaction((tx) => tx.runs.saveJob(job))
    // Its commit is in no repository.
    const repositories = { ...app.repositories, find: async () => [] }
    await completeRun({ ...app, repositories }, run, [job])
    const { release } = await store.read((tx) => tx.runs.load(run.id))
    if (!release) throw new Error('the run made no release')
    return store.read((tx) => tx.releases.get(project, release))
  }

  /** Does queued jobs, and those they queue, until none is due. */
  async function drain(): Promise<void> {
    for (;;) {
      const { now: moment } = await store.read(async (tx) => ({ now: tx.now }))
      const index = jobs.findIndex((job) => !('at' in job && job.at && job.at > moment))
      const [job] = index < 0 ? [] : jobs.splice(index, 1)
      if (!job) return
      const signal = AbortSignal.timeout(20_000)
      if (job.verb === 'advance-promotion') await advancePromotion(app, job.promotion, signal)
      else if (job.verb === 'execute-run') await executeRun(app, job.run, signal)
      else if (job.verb === 'attach-summaries') await attachSummaries(app, job)
      else if (job.verb === 'take-down') await carryOutTakeDown(app, job)
      else await cleanUp(app)
    }
  }

  /** Drains again and again until something is true; for what only time brings. */
  async function drainUntil(isTrue: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 20_000
    while (!(await isTrue())) {
      if (Date.now() > deadline) throw new Error('it did not become true within 20 s')
      await drain()
    }
  }

  return {
    app,
    project,
    admin,
    target,
    /** What the verification of a release answers; true unless set. */
    answers,
    jobs,
    addMember,
    build,
    drain,
    drainUntil,
    pool,
    database,
    promotion: (id: string): Promise<Promotion> => store.read((tx) => tx.promotions.get(project, id)),
    /** True while a transaction waits for what another one holds. */
    async someoneWaits(): Promise<boolean> {
      const { rowCount } = await pool.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rowCount !== 0
    },
    async entries(): Promise<Entry[]> {
      const { rows } = await pool.query<{ body: string }>('select body from log_queue order by position')
      return rows.map(({ body }) => JSON.parse(body) as Entry)
    },
    async stop() {
      await pool.end()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same store, that takes no entry which is not as its published schema says. */
function conforming(store: Store): Store {
  return {
    ...store,
    transaction: (work) =>
      store.transaction((tx) =>
        work({
          ...tx,
          async log(entry) {
            entryData[entry.type].parse(entry.data)
            await tx.log(entry)
          },
        }),
      ),
  }
}

function runOf(number: number, { branch, authorEmail, at }: { branch: string; authorEmail: string; at: Date }): Run {
  const commit = digestOf(`commit ${number}`).slice('sha256:'.length, 'sha256:'.length + 40)
  return {
    id: randomUUID(),
    project,
    number,
    source: { repository: '/repositories/shop', commit, branch },
    authorEmail,
    committedAt: at,
    pipeline: {
      jobs: {
        package: {
          stage: 'package',
          needs: [],
          retries: 0,
          timeout: '1m',
          secrets: [],
          steps: [{ run: 'true', 'allow-failure': false }],
          outputs: [],
          reports: [],
          artifacts: [],
        },
      },
    },
    configurationDigest: digestOf('configuration'),
    state: 'running',
    reason: '',
    requestedBy: 'admin@local',
    createdAt: at,
    startedAt: at,
    finishedAt: null,
    release: null,
    cancelledBy: null,
    execution: 1,
    version: 0,
  }
}
