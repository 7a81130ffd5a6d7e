import type { Job, Queue } from '../core/job.ts'
import type { App } from './app.ts'

/** Queues again what a worker has to be at while no job says so: the queue gives up what keeps failing, and may be lost in a disaster. Doing something twice is harmless. */
export async function requeueMissing(app: Pick<App, 'store'>, queue: Pick<Queue, 'missing'>): Promise<Job[]> {
  const due = await app.store.read(async (tx): Promise<Job[]> => [
    ...(await tx.promotions.due()).map((promotion) => ({ verb: 'advance-promotion' as const, promotion })),
    ...(await tx.attachments.due()).map((one) => ({ verb: 'attach-summaries' as const, ...one })),
    ...(await tx.runs.unfinished()).map((run) => ({ verb: 'execute-run' as const, run })),
    ...(await tx.environments.takingDown()).map(({ project, name, fence }) => {
      return { verb: 'take-down' as const, project, environment: name, fence }
    }),
  ])
  const missing = due.length > 0 ? await queue.missing(due) : []
  if (missing.length > 0) {
    await app.store.transaction(async (tx) => {
      for (const job of missing) await tx.enqueue(job)
    })
  }
  return missing
}
