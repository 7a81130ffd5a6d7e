import { Refusal } from '../core/refusal.ts'
import type { Run, RunJob } from '../core/run.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { completeRun } from './complete-run.ts'
import { executeJobs } from './execute-jobs.ts'

/** A job that was cut off this often, by workers that died, is given up: it may be what kills them. */
const interruptionLimit = 3
const cancelPollMilliseconds = 500

/** Does the whole of a run, or goes on with it where a dead worker left off. The signal ends the work without a verdict: another worker resumes it. */
export async function executeRun(app: App, id: string, signal: AbortSignal): Promise<void> {
  const run = await takeRun(app, id)
  if (!run) return
  const cancel = watchForCancel(app, run, signal)
  try {
    const jobs = await executeJobs(app, run, cancel.signal)
    signal.throwIfAborted()
    await complete(app, run, jobs)
  } finally {
    cancel.stop()
  }
}

/** What keeps it from ending, such as a signer that is away, is told to who looks at the run, until the next try. */
async function complete(app: App, run: Run, jobs: RunJob[]): Promise<void> {
  try {
    await completeRun(app, run, jobs)
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unavailable') await tellDelay(app, run, error)
    throw error
  }
}

async function tellDelay(app: App, run: Run, { message }: Refusal): Promise<void> {
  const reason = `its jobs have ended, and its release waits: ${message}`
  await app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    const current = await tx.runs.load(run.id)
    if (current.cancelledBy === null) await tx.runs.save({ ...current, reason })
  })
}

async function takeRun(app: App, id: string): Promise<Run | null> {
  return app.store.transaction(async (tx) => {
    const run = await tx.runs.lock(id)
    if (run.state !== 'queued' && run.state !== 'running') return null
    if (run.state === 'running') await resetInterrupted(tx, await tx.runs.jobs(id))
    else {
      await tx.log({
        type: 'run.started',
        actor: run.requestedBy,
        project: run.project,
        subject: id,
        data: { number: run.number, source: run.source, requestedBy: run.requestedBy },
      })
    }
    await tx.runs.save({
      ...run,
      state: 'running',
      startedAt: run.startedAt ?? tx.now,
      execution: run.execution + 1,
    })
    return tx.runs.load(id)
  })
}

/** Nothing a dead worker started still runs, so its unfinished jobs begin again in a fresh checkout. */
async function resetInterrupted(tx: Transaction, jobs: RunJob[]): Promise<void> {
  for (const job of jobs.filter(({ state }) => state === 'running')) {
    const interruptions = job.interruptions + 1
    await tx.runs.saveJob(
      interruptions >= interruptionLimit
        ? {
            ...job,
            interruptions,
            state: 'failed',
            reason: `its worker died ${interruptions} times while running it`,
            finishedAt: tx.now,
          }
        : { ...job, interruptions, state: 'pending' },
    )
  }
}

function watchForCancel(app: App, run: Run, outer: AbortSignal): { signal: AbortSignal; stop: () => void } {
  const cancelled = new AbortController()
  const heed = ({ cancelledBy }: Run) => {
    if (cancelledBy !== null) cancelled.abort(new Refusal('conflict', `cancelled by ${cancelledBy}`))
  }
  const look = async () => heed(await app.store.read((tx) => tx.runs.load(run.id)))
  // One that was cancelled while its worker was dead starts nothing more.
  heed(run)
  // A failed look is an outage that the run's own writes will meet too; the next look tries again.
  const timer = setInterval(() => void look().catch(() => undefined), cancelPollMilliseconds)
  return { signal: AbortSignal.any([outer, cancelled.signal]), stop: () => clearInterval(timer) }
}
