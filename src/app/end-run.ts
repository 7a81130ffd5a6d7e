import type { ActorId } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { Run, RunJob, RunState } from '../core/run.ts'
import type { Transaction } from '../core/store.ts'

/** How a run ended, and through whom. */
export interface RunEnd {
  state: RunState
  reason: string
  release: Digest | null
  by: ActorId
}

/** Writes the end of a locked run: jobs that nobody will do any more are cancelled, and `run.completed` says how each one ended. */
export async function endRun(tx: Transaction, run: Run, { state, reason, release, by }: RunEnd): Promise<void> {
  const jobs = await tx.runs.jobs(run.id)
  const ended = jobs.map((job): RunJob => (isOpen(job) ? { ...job, state: 'cancelled', finishedAt: tx.now } : job))
  for (const job of ended.filter((_, index) => isOpen(jobs[index]))) await tx.runs.saveJob(job)
  await tx.runs.save({ ...run, state, reason, release, finishedAt: tx.now })
  await tx.log({
    type: 'run.completed',
    actor: by,
    project: run.project,
    subject: run.id,
    data: {
      number: run.number,
      outcome: state,
      reason,
      release,
      jobs: Object.fromEntries(ended.map((job) => [job.name, job.state])),
    },
  })
}

function isOpen(job: RunJob | undefined): boolean {
  return job?.state === 'pending' || job?.state === 'running'
}
