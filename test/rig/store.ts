import { randomUUID } from 'node:crypto'
import type { Deployment } from '../../src/core/deployment.ts'
import { digestOf } from '../../src/core/digest.ts'
import type { Promotion } from '../../src/core/promotion.ts'
import { releaseDigest, type Release } from '../../src/core/release.ts'
import type { Run } from '../../src/core/run.ts'
import type { Transaction } from '../../src/core/store.ts'
import { entries } from '../../src/log/entries.ts'
import { createPool } from '../../src/store/connect.ts'
import { createQueue, type QueueOptions } from '../../src/store/queue.ts'
import { createStore } from '../../src/store/store.ts'
import { freshDatabase } from './postgres.ts'

/** A store and a queue over the database at that URL. */
export async function openStore(url: string, options: Partial<QueueOptions> & { connections?: number } = {}) {
  const reports: unknown[] = []
  const pool = createPool({ url, connections: options.connections ?? 20 })
  const queue = await createQueue({ url, report: (_, error) => reports.push(error), ...options })
  const store = createStore({ pool, outbox: queue, entries, newId: randomUUID })
  return {
    store,
    queue,
    pool,
    /** What the queue complained about. */
    reports,
    async close() {
      await queue.stop(1000)
      await pool.end()
    },
  }
}

/** A store over a database of its own, and nothing else in it. */
export async function freshStore(options?: Parameters<typeof openStore>[1]) {
  const database = await freshDatabase()
  const opened = await openStore(database.url, options)
  return {
    ...opened,
    url: database.url,
    async close() {
      await opened.close()
      await database.drop()
    },
  }
}

const at = new Date('2026-11-23T10:00:00.123Z')
const by = 'ann@local'

/** Project `shop` with configuration revision 1, environment `dev`, and one release. */
export async function seedShop(tx: Transaction): Promise<Release> {
  const release = aRelease()
  const configuration = { project: 'shop', environments: {} }
  await tx.revisions.add({
    project: 'shop',
    number: 1,
    digest: digestOf('1'),
    configuration,
    appliedBy: by,
    appliedAt: at,
  })
  await tx.environments.ensure('shop', 'dev')
  await tx.releases.add(release)
  return release
}

/** A release of `shop` that is like no other; the changes win. */
export function aRelease(changes: Partial<Release> = {}): Release {
  const contents = {
    project: 'shop',
    artifacts: [{ name: 'shop.tgz', digest: digestOf(randomUUID()), sizeBytes: 12 }],
    source: { repository: 'https://git.example/shop', commit: 'a'.repeat(40), branch: 'main' },
    configurationDigest: digestOf('configuration'),
  }
  const digest = releaseDigest(contents)
  return { ...contents, digest, version: digest, run: null, author: null, committedAt: at, createdAt: at, ...changes }
}

/** A waiting promotion of that release to `dev`. */
export function aPromotion(release: Release, changes: Partial<Promotion> = {}): Promotion {
  return {
    id: randomUUID(),
    project: 'shop',
    environment: 'dev',
    release: release.digest,
    class: 'standard',
    state: 'waiting',
    reason: '',
    requestedBy: by,
    requestedAt: at,
    requestReason: 'because',
    expiresAt: new Date('2027-01-01T00:00:00Z'),
    attempt: 0,
    unmet: [],
    recheckAt: null,
    finishedAt: null,
    version: 0,
    ...changes,
  }
}

/** The running first attempt of that promotion. */
export function aDeployment(promotion: Promotion, changes: Partial<Deployment> = {}): Deployment {
  return {
    promotion: promotion.id,
    attempt: 1,
    project: promotion.project,
    environment: promotion.environment,
    release: promotion.release,
    class: promotion.class,
    revision: 1,
    fence: 1,
    outcome: 'running',
    reason: '',
    previous: null,
    rollout: { position: 0, pauseUntil: null, aborting: null, weight: 0 },
    url: null,
    startedBy: by,
    startedAt: at,
    deployedAt: null,
    finishedAt: null,
    replacedAt: null,
    ...changes,
  }
}

/** A queued run of `shop` without jobs. */
export function aRun(changes: Partial<Run> = {}): Run {
  return {
    id: randomUUID(),
    project: 'shop',
    number: 1,
    source: { repository: 'https://git.example/shop', commit: 'a'.repeat(40), branch: null },
    authorEmail: 'ann@example.com',
    committedAt: at,
    pipeline: { jobs: {} },
    configurationDigest: digestOf('configuration'),
    state: 'queued',
    reason: '',
    requestedBy: by,
    createdAt: at,
    startedAt: null,
    finishedAt: null,
    release: null,
    cancelledBy: null,
    execution: 0,
    version: 0,
    ...changes,
  }
}
