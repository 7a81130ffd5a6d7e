import { awaitPromotion } from '../await-promotion.ts'
import { command } from '../command.ts'
import { timeout, timeoutMilliseconds } from '../timeout.ts'
import { requestedText } from '../views/promotions-view.ts'

/** Asks for an earlier release to be put back. */
export const rollback = command({
  options: {
    env: { value: 'environment', says: 'where', required: true },
    to: { value: 'release', says: 'which one; by default the one before' },
    reason: { value: 'text', says: 'why', required: true },
    wait: { says: 'until it is done' },
    timeout,
  },
  async run(context, { env: environment, to, reason, wait, timeout: patience }) {
    const milliseconds = timeoutMilliseconds(patience)
    const request = { project: await context.project(), environment, reason, ...(to !== undefined && { to }) }
    const promotion = await context.ask((client) => client.requestRollback(request))
    if (wait) return awaitPromotion(context, promotion, milliseconds)
    return context.show(promotion, requestedText)
  },
})
