import type { Run, RunJob } from '../core/run.ts'
import { schedule, type Schedule } from '../core/schedule.ts'
import type { App } from './app.ts'
import { executeJob } from './execute-job.ts'

/** Runs every job as soon as what it needs is done, in parallel where the pipeline allows; returns when all that could run have ended. */
export async function executeJobs(app: App, run: Run, signal: AbortSignal): Promise<RunJob[]> {
  const jobs = new Map((await app.store.read((tx) => tx.runs.jobs(run.id))).map((job) => [job.name, job]))
  const running = new Map<string, Promise<RunJob>>()
  const broken = new AbortController()
  const either = AbortSignal.any([signal, broken.signal])
  try {
    for (;;) {
      const { start, end } = schedule(run.pipeline, run.source, [...jobs.values()])
      for (const ended of await endJobs(app, run, jobs, end)) jobs.set(ended.name, ended)
      if (end.length > 0) continue

      for (const job of signal.aborted ? [] : start.flatMap((name) => jobs.get(name) ?? [])) {
        running.set(job.name, executeJob(app, run, job, [...jobs.values()], either))
        jobs.set(job.name, { ...job, state: 'running' })
      }
      if (running.size === 0) return [...jobs.values()]
      const ended = await Promise.race(running.values())
      running.delete(ended.name)
      jobs.set(ended.name, ended)
    }
  } finally {
    broken.abort()
    await Promise.allSettled(running.values())
  }
}

async function endJobs(app: App, run: Run, jobs: Map<string, RunJob>, ends: Schedule['end']): Promise<RunJob[]> {
  if (ends.length === 0) return []
  return app.store.transaction(async (tx) => {
    await tx.runs.lockExecution(run)
    const ended = ends.flatMap(({ name, state, reason }) => {
      const job = jobs.get(name)
      return job ? [{ ...job, state, reason, finishedAt: tx.now }] : []
    })
    for (const job of ended) await tx.runs.saveJob(job)
    return ended
  })
}
