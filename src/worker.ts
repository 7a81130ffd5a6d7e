import { advancePromotion } from './app/advance-promotion.ts'
import type { App } from './app/app.ts'
import { attachSummaries } from './app/attach-summaries.ts'
import { cleanUp, ensureCleanUp } from './app/clean-up.ts'
import { executeRun } from './app/execute-run.ts'
import { requeueMissing } from './app/requeue-missing.ts'
import { carryOutTakeDown } from './app/take-down.ts'
import type { Queue } from './core/job.ts'
import { Refusal } from './core/refusal.ts'

const lookMilliseconds = 30_000

/** Has the queue's jobs done by the verbs they name, until the queue stops, and looks for lost ones until the returned function is called. */
export async function startWorker(
  app: App,
  queue: Queue,
  report: (what: string, error: unknown) => void,
): Promise<() => Promise<void>> {
  await queue.work({
    'execute-run': ({ run }, signal) => executeRun(app, run, signal),
    'advance-promotion': ({ promotion }, signal) => advancePromotion(app, promotion, signal),
    'take-down': (job) => carryOutTakeDown(app, job),
    'attach-summaries': (job) => attachSummaries(app, job),
    'clean-up': () => cleanUp(app),
  })
  const look = () =>
    Promise.all([requeueMissing(app, queue), ensureCleanUp(app, queue)]).then(
      () => undefined,
      (error: unknown) => {
        // An outage passes, and so does the need to look again.
        if (!(error instanceof Refusal && error.code === 'unavailable')) report('looking for lost jobs', error)
      },
    )
  let looking = look()
  const timer = setInterval(() => {
    looking = look()
  }, lookMilliseconds)
  return () => {
    clearInterval(timer)
    return looking
  }
}
