import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { previewText, whyText } from '../views/why-view.ts'

/** A release is not one, and the server would only say that there is no such promotion. */
const promotionId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Explains a promotion, or what one would wait for. */
export const why = command({
  arguments: { what: { says: 'a promotion; with --to, a release' } },
  options: {
    to: {
      value: 'environment',
      says: 'where to: the promotion that waits there, or one as if it were asked for now',
    },
  },
  async run(context, { what, to }) {
    const project = await context.project()
    if (to !== undefined) {
      const request = { project, environment: to, release: what }
      const { items } = await context.ask((client) => client.listPromotions({ ...request, state: 'waiting', limit: 1 }))
      const [waiting] = items
      if (waiting) {
        const explained = context.ask((client) => client.explainPromotion({ project, id: waiting.id }))
        return context.show(await explained, whyText)
      }
      return context.show(await context.ask((client) => client.previewPromotion(request)), previewText)
    }
    if (!promotionId.test(what)) {
      throw new Refusal('invalid', `expected the id of a promotion, or --to with a release; found ${what}`)
    }
    context.show(await context.ask((client) => client.explainPromotion({ project, id: what })), whyText)
  },
})
