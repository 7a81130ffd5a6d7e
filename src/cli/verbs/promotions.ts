import { promotionStates } from '../../core/promotion.ts'
import { command } from '../command.ts'
import { limit, wholeNumber } from '../whole-number.ts'
import { promotionsText } from '../views/promotions-view.ts'

/** Lists the newest promotions. */
export const listPromotions = command({
  options: {
    limit,
    env: { value: 'environment', says: 'only there' },
    state: { value: 'state', choices: promotionStates, says: 'only in this state' },
    release: { value: 'release', says: 'only of this one' },
  },
  async run(context, { limit: most, env, state, release }) {
    const query = {
      project: await context.project(),
      limit: wholeNumber('--limit', most),
      ...(env && { environment: env }),
      ...(state && { state }),
      ...(release && { release }),
    }
    context.show(await context.ask((client) => client.listPromotions(query)), promotionsText)
  },
})
