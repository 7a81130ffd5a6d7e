import { command } from '../command.ts'
import { quarantinedText } from '../views/quarantine-view.ts'

const which = { release: { says: 'a version or digest' } }
const options = { reason: { value: 'text', says: 'why', required: true } } as const

/** Lets a release start nowhere. */
export const quarantine = command({
  arguments: which,
  options,
  async run(context, { release, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.quarantineRelease({ project, release, reason }))
    context.show(answer, quarantinedText)
  },
})

/** Lets it start again. */
export const lift = command({
  arguments: which,
  options,
  async run(context, { release, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.liftQuarantine({ project, release, reason }))
    context.show(answer, ({ version }) => `${version} may start again where its gates agree`)
  },
})
