import { command } from '../command.ts'
import { whyText } from '../views/why-view.ts'

/** Explains a promotion, or what one would wait for. */
export const why = command({
  arguments: { what: { says: 'a promotion; with --to, a release' } },
  options: { to: { value: 'environment', says: 'as if that release were promoted there now' } },
  async run(context, { what, to }) {
    const project = await context.project()
    const explanation = await context.ask((client) =>
      to === undefined
        ? client.explainPromotion({ project, id: what })
        : client.previewPromotion({ project, environment: to, release: what }),
    )
    context.show(explanation, whyText)
  },
})
