import { entryTypes } from '../../core/entry.ts'
import { command } from '../command.ts'
import { printableDeep, printableJson } from '../printable.ts'
import { wholeNumber } from '../whole-number.ts'
import { eventText } from '../views/event-view.ts'

/** Shows what happened, and with --follow goes on as it happens until Ctrl-C; with --json one line for each. */
export const events = command({
  options: {
    follow: { says: 'show what comes from now on, until Ctrl-C' },
    type: { value: 'type', choices: entryTypes, many: true, says: 'only these, such as deploy.started' },
    env: { value: 'environment', says: 'only there' },
    all: { says: 'of all projects' },
    limit: { value: 'count', says: 'how many at most', default: '50' },
  },
  async run(context, { follow, type, env, all, limit }) {
    const what = {
      ...(all ? {} : { project: await context.project() }),
      ...(env && { environment: env }),
      ...(type && { types: type }),
    }
    const print = (event: Parameters<typeof eventText>[0]) => {
      const line = context.json ? printableJson(event) : eventText(printableDeep(event), context.look)
      process.stdout.write(`${line}\n`)
    }
    if (follow) {
      // Refuses a misspelt name, for which the stream would be silent for ever.
      await context.ask((client) => client.listEntries({ ...what, newestFirst: true, limit: 1 }))
      const client = await context.client()
      for await (const { time, logindex, ...event } of client.follow(what, context.interruption())) {
        print({ ...event, at: time, index: logindex })
      }
      return
    }
    const query = { ...what, newestFirst: true, limit: wholeNumber('--limit', limit) }
    const { items } = await context.ask((client) => client.listEntries(query))
    items.toReversed().forEach(print)
    if (items.length === 0) context.say('the log has nothing of this yet')
  },
})
