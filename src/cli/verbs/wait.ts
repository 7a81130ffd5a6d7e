import { awaitPromotion } from '../await-promotion.ts'
import { command } from '../command.ts'
import { timeout, timeoutMilliseconds } from '../timeout.ts'

/** Waits for a promotion that was asked for before. */
export const wait = command({
  arguments: { promotion: { says: 'its id' } },
  options: { timeout },
  async run(context, { promotion: id, timeout: patience }) {
    return awaitPromotion(context, { project: await context.project(), id }, timeoutMilliseconds(patience))
  },
})
