import { randomUUID } from 'node:crypto'
import type { PgBoss } from 'pg-boss'
import type { Job, Verb } from '../core/job.ts'

const channel = 'lockflight_jobs'
const tickMilliseconds = 20
const longestTimerMilliseconds = 60_000

/** Gets workers to look for jobs now instead of at their next poll. */
export interface Waker {
  watch: (verb: Verb, worker: string) => void
  busy: (worker: string) => void
  idle: (worker: string) => void
  /** Wakes workers here at once and, a moment later and once for many commits, those of other processes. */
  committed: (jobs: Job[], now: Date) => void
  /** Resolves when nothing listens any more. */
  stop: () => Promise<void>
}

/**
 * Wakes are only ever hints: a lost one costs the second until the next poll. The notification goes out after the
 * commit and not inside it, where it would make all commits of the database wait for one another.
 */
export async function createWaker(boss: PgBoss): Promise<Waker> {
  const db = boss.getDb()
  const me = randomUUID()
  const workers = new Map<string, { verb: Verb; busy: boolean }>()
  const timers = new Set<NodeJS.Timeout>()
  const untold = new Set<Verb>()

  const wakeAll = (verb?: string) => {
    for (const [id, worker] of workers) if (!worker.busy && (!verb || worker.verb === verb)) boss.notifyWorker(id)
  }
  const wakeOne = (verb: Verb) => {
    const free = workers.entries().find(([, worker]) => worker.verb === verb && !worker.busy)
    if (!free) return
    const [id, worker] = free
    // To the end of the line, so that the next job goes to another worker.
    workers.delete(id)
    workers.set(id, worker)
    boss.notifyWorker(id)
  }
  const later = (milliseconds: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, milliseconds).unref()
    timers.add(timer)
  }
  const tellOthers = (verb: Verb) => {
    if (untold.size === 0) later(tickMilliseconds, tell)
    untold.add(verb)
  }
  const tell = () => {
    const payloads = [...untold].map((verb) => `${me} ${verb}`)
    untold.clear()
    db.executeSql('select pg_notify($1, unnest($2::text[]))', [channel, payloads]).catch(() => undefined)
  }

  const hear = (payload: string) => {
    const [sender, verb] = payload.split(' ')
    if (sender !== me) wakeAll(verb)
  }
  const listener = await db.listen?.(channel, hear, () => wakeAll())

  return {
    watch: (verb, worker) => void workers.set(worker, { verb, busy: false }),
    busy(id) {
      const worker = workers.get(id)
      if (!worker) return
      worker.busy = true
      // Where one job was there may be more.
      wakeOne(worker.verb)
    },
    idle(id) {
      const worker = workers.get(id)
      if (worker) worker.busy = false
      boss.notifyWorker(id)
    },
    committed(jobs, now) {
      for (const job of jobs) {
        const wait = 'at' in job && job.at ? job.at.getTime() - now.getTime() : 0
        if (wait > longestTimerMilliseconds) continue
        const wake = () => {
          wakeOne(job.verb)
          tellOthers(job.verb)
        }
        if (wait > 0) later(wait, wake)
        else wake()
      }
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer)
      await listener?.close()
    },
  }
}
