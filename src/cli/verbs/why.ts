import { command } from '../command.ts'
import { promotionUnderWay } from '../which-promotion.ts'
import { previewText, whyText } from '../views/why-view.ts'

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
    const id = await promotionUnderWay(context, { project, promotion: what, to })
    if (id !== undefined) {
      return context.show(await context.ask((client) => client.explainPromotion({ project, id })), whyText)
    }
    const request = { project, environment: to!, release: what }
    context.show(await context.ask((client) => client.previewPromotion(request)), previewText)
  },
})
