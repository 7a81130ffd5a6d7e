import { awaitPromotion } from '../await-promotion.ts'
import { command } from '../command.ts'
import { holdingCode } from '../holding-code.ts'
import { timeout, timeoutMilliseconds } from '../timeout.ts'
import { requestedText } from '../views/promotions-view.ts'
import { previewText } from '../views/why-view.ts'

/** Asks for a promotion, or with --dry-run only what it would wait for. */
export const promote = command({
  arguments: { release: { says: 'a version or digest' } },
  options: {
    to: { value: 'environment', says: 'where to', required: true },
    class: { value: 'class', choices: ['standard', 'hotfix'], says: 'what kind', default: 'standard' },
    reason: { value: 'text', says: 'why' },
    'dry-run': { says: 'only show what it would wait for' },
    wait: { says: 'until it is there, or only a person can move it on' },
    timeout,
  },
  async run(context, { release, to: environment, class: promotionClass, reason, dryRun, wait, timeout: patience }) {
    const milliseconds = timeoutMilliseconds(patience)
    const project = await context.project()
    const request = { project, environment, release, class: promotionClass, ...(reason !== undefined && { reason }) }
    if (dryRun) {
      const explanation = await context.ask((client) => client.previewPromotion(request))
      context.show(explanation, previewText)
      return holdingCode(context, explanation)
    }
    const promotion = await context.ask((client) => client.requestPromotion(request))
    if (wait) return awaitPromotion(context, promotion, milliseconds)
    return context.show(promotion, requestedText)
  },
})
