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
      says: 'where to: the promotion under way there, or one as if it were asked for now',
    },
  },
  async run(context, { what, to }) {
    const project = await context.project()
    if (to !== undefined) {
      const request = { project, environment: to, release: what }
      const { items } = await context.ask((client) => client.listPromotions({ ...request, limit: 20 }))
      const open = items.find(({ finishedAt }) => finishedAt === null)
      if (open) {
        const explained = await context.ask((client) => client.explainPromotion({ project, id: open.id }))
        return context.show(explained, whyText)
      }
      return context.show(await context.ask((client) => client.previewPromotion(request)), previewText)
    }
    if (!promotionId.test(what)) {
      throw new Refusal('invalid', `expected the id of a promotion, or --to with a release; found ${what}`)
    }
    context.show(await context.ask((client) => client.explainPromotion({ project, id: what })), whyText)
  },
})
