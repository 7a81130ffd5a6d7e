import { command } from '../command.ts'
import { configurationToRead } from '../configuration-to-read.ts'
import { momentBefore } from '../moment-before.ts'
import { backtestText } from '../views/backtest-view.ts'

/** Tries the gates of a changed configuration on the past. */
export const backtest = command({
  options: {
    config: { value: 'file', says: 'the one to try; by default the nearest lockflight.yaml' },
    since: { value: 'time', says: 'a length of time such as 90d, or a date', default: '90d' },
    env: { value: 'environment', says: 'only there' },
  },
  async run(context, { config, since, env }) {
    const from = momentBefore('--since', since, context.look.now).toISOString()
    const { text, shownAs, files } = await configurationToRead(context, config)
    const { project } = await context.parts.readConfiguration(text, shownAs, files)
    const ask = { project, text, files, since: from, ...(env && { environment: env }) }
    context.show(await context.ask((client) => client.backtestPolicy(ask)), backtestText)
  },
})
