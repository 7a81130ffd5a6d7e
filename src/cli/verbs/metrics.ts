import { command } from '../command.ts'
import { wholeNumber } from '../whole-number.ts'
import { metricsText } from '../views/metrics-view.ts'

/** Shows the DORA metrics of each environment. */
export const metrics = command({
  options: {
    env: { value: 'environment', says: 'only there' },
    days: { value: 'count', says: 'of the last days', default: '30' },
  },
  async run(context, { env, days }) {
    const windowDays = wholeNumber('--days', days)
    const query = { project: await context.project(), windowDays, ...(env && { environment: env }) }
    context.show(await context.ask((client) => client.getMetrics(query)), metricsText)
  },
})
