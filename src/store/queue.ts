import { PgBoss } from 'pg-boss'
import type { Job, Queue, Verb } from '../core/job.ts'
import { isOutage, refusalOf } from './refusals.ts'
import type { Outbox } from './store.ts'
import { createWaker } from './waker.ts'

/** How a queue works; what is absent has a default fit for production. */
export interface QueueOptions {
  url: string
  /** How many jobs of each kind this process does at a time. */
  concurrency?: Partial<Record<Verb, number>>
  /** How often a job whose handler throws is tried again, with growing delay up to a minute, before it is given up. */
  retryLimit?: number
  /** Hears of every throw of a handler and of every fault of the queue itself, but not of outages of the database. */
  report: (message: string, error: unknown) => void
}

type Handler = (job: Job, signal: AbortSignal) => Promise<void>

const verbs = [
  'execute-run',
  'advance-promotion',
  'take-down',
  'attach-summaries',
  'clean-up',
] as const satisfies Verb[]

const usualConcurrency: Record<Verb, number> = {
  'execute-run': 2,
  'advance-promotion': 16,
  'take-down': 2,
  'attach-summaries': 2,
  'clean-up': 1,
}

const settings = {
  // Two jobs about the same thing never run at once; the later one waits its turn.
  policy: 'singleton',
  heartbeatSeconds: 10,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  // The longest a handler may take, and the longest that pg-boss allows.
  expireInSeconds: 24 * 3600,
  retentionSeconds: 366 * 24 * 3600,
  // State lives in our own tables, so a job that is done is of no more use.
  deleteAfterSeconds: 300,
}

/** Jobs over pg-boss, in the same database: added inside the store's transactions, delivered within milliseconds of the commit. */
export async function createQueue({
  url,
  concurrency = {},
  retryLimit = 100,
  report,
}: QueueOptions): Promise<Queue & Outbox> {
  const boss = await startBoss(url, retryLimit, report)
  const waker = await createWaker(boss)
  const running = new Set<Promise<void>>()

  const take = async (verb: Verb, handler: Handler) => {
    const worker = await boss.work<Job>(verb, { pollingIntervalSeconds: 1 }, async ([job]) => {
      if (!job) return
      waker.busy(worker)
      const work = handler(job.data, job.signal).catch((error: unknown) => {
        // Work that was told to end, and work that the database was not there for, needs no explanation.
        if (!job.signal.aborted && !isOutage(error))
          report(`${verb} ${keyOf(job.data)}, try ${job.retryCount + 1}`, error)
        throw error
      })
      running.add(work)
      await work.finally(() => {
        running.delete(work)
        waker.idle(worker)
      })
    })
    waker.watch(verb, worker)
  }

  return {
    async add(session, jobs) {
      // pg-boss looks at no rows here, so there is no need to wait for them.
      const db = {
        async executeSql(text: string, values: unknown[] = []) {
          session.writeText(text, values)
          return { rows: [] }
        },
      }
      for (const verb of verbs) {
        const mine = jobs.filter((job) => job.verb === verb)
        if (mine.length > 0) await boss.insert(verb, mine.map(rowOf), { db })
      }
    },
    committed: waker.committed,
    async work(handlers) {
      for (const verb of verbs) {
        const handler = handlers[verb] as Handler | undefined
        const workers = handler ? { ...usualConcurrency, ...concurrency }[verb] : 0
        for (let worker = 0; worker < workers; worker++) await take(verb, handler!)
      }
    },
    async missing(jobs) {
      const text = `select name || ' ' || singleton_key as key from pgboss.job
        where name = any($1) and singleton_key = any($2) and state in ('created', 'retry', 'active')`
      const { rows } = await boss
        .getDb()
        .executeSql(text, [verbs, jobs.map(keyOf)])
        .catch((error: unknown) => {
          throw refusalOf(error) ?? error
        })
      const present = new Set(rows.map(({ key }: { key: string }) => key))
      return jobs.filter((job) => !present.has(`${job.verb} ${keyOf(job)}`))
    },
    async stop(graceMilliseconds) {
      await waker.stop()
      await boss.stop({ timeout: graceMilliseconds })
      await Promise.allSettled(running)
    },
  }
}

async function startBoss(url: string, retryLimit: number, report: QueueOptions['report']): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: 'lockflight-jobs',
    max: 4,
    schedule: false,
    registerInstance: false,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    maintenanceIntervalSeconds: 60,
  })
  boss.on('error', (error) => {
    if (!isOutage(error)) report('the queue', error)
  })
  await boss.start()
  for (const verb of verbs) {
    await boss.createQueue(verb, { ...settings, retryLimit })
    const { policy: _, ...changeable } = settings
    await boss.updateQueue(verb, { ...changeable, retryLimit })
  }
  return boss
}

function rowOf(job: Job) {
  const { at, ...data } = 'at' in job ? job : { ...job, at: undefined }
  return { data, singletonKey: keyOf(job), ...(at && { startAfter: at }) }
}

/** What a job is about. */
function keyOf(job: Job): string {
  switch (job.verb) {
    case 'execute-run':
      return job.run
    case 'advance-promotion':
      return job.promotion
    case 'take-down':
      return `${job.project}/${job.environment}`
    case 'attach-summaries':
      return `${job.project}/${job.image}`
    case 'clean-up':
      return 'all'
  }
}
