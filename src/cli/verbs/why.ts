import { command } from '../command.ts'
import { promotionUnderWay } from '../which-promotion.ts'
import { endedText } from '../views/promotions-view.ts'
import { previewText, whyText } from '../views/why-view.ts'

/** Explains a promotion; where none is under way, how the last one ended and what one would wait for now. */
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
    const found = await promotionUnderWay(context, { project, promotion: what, to })
    if (found.id !== undefined) {
      const { id } = found
      return context.show(await context.ask((client) => client.explainPromotion({ project, id })), whyText)
    }
    const { last } = found
    const request = { project, environment: to!, release: what }
    const preview = await context.ask((client) => client.previewPromotion(request))
    context.show({ ...preview, last }, (answer, look) => {
      const text = previewText(answer, look)
      return last ? `the last promotion there, ${last.id}, ${endedText(last, look.now)}\n\n${text}` : text
    })
  },
})
