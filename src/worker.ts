import { advancePromotion } from './app/advance-promotion.ts'
import type { App } from './app/app.ts'
import { executeRun } from './app/execute-run.ts'
import type { Queue } from './core/job.ts'

/** Has the queue's jobs done by the verbs they name, until the queue stops. */
export function startWorker(app: App, queue: Queue): Promise<void> {
  return queue.work({
    'execute-run': ({ run }, signal) => executeRun(app, run, signal),
    'advance-promotion': ({ promotion }, signal) => advancePromotion(app, promotion, signal),
  })
}
