import { after } from '../core/duration.ts'
import type { Queue } from '../core/job.ts'
import { replyKeptSeconds } from '../core/reply.ts'
import type { App } from './app.ts'

const atOnce = 1000
const betweenSeconds = 3600

/** Removes a bounded number of stored answers that nobody will ask for any more, and queues itself again: soon when there may be more, otherwise in an hour. No part of any record, so nothing is logged. */
export async function cleanUp(app: Pick<App, 'store'>): Promise<void> {
  await app.store.transaction(async (tx) => {
    const removed = await tx.replies.removeBefore(after(tx.now, -replyKeptSeconds), atOnce)
    await tx.enqueue({ verb: 'clean-up', at: after(tx.now, removed < atOnce ? betweenSeconds : 1) })
  })
}

/** Queues the first clean-up, and the next one should it have been lost. */
export async function ensureCleanUp(app: Pick<App, 'store'>, queue: Pick<Queue, 'missing'>): Promise<void> {
  const missing = await queue.missing([{ verb: 'clean-up' }])
  if (missing.length > 0) await app.store.transaction((tx) => tx.enqueue({ verb: 'clean-up' }))
}
