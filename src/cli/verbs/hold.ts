import { command } from '../command.ts'

const options = {
  env: { value: 'environment', says: 'where', required: true },
  reason: { value: 'text', says: 'why', required: true },
} as const

/** Stops automation in an environment. */
export const hold = command({
  options,
  async run(context, { env: environment, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.holdEnvironment({ project, environment, reason }))
    context.show(answer, ({ name }) => `${name} is held; let it go on with: lockflight resume --env ${name} --reason …`)
  },
})

/** Lets automation go on in an environment. */
export const resume = command({
  options,
  async run(context, { env: environment, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.resumeEnvironment({ project, environment, reason }))
    context.show(answer, ({ name }) => `${name} goes on`)
  },
})

/** Takes down what is live in an environment. */
export const takeDown = command({
  options,
  async run(context, { env: environment, reason }) {
    const project = await context.project()
    const answer = await context.ask((client) => client.takeDown({ project, environment, reason }))
    context.show(answer, ({ name }) =>
      [
        `what was live in ${name} is being taken down, and ${name} is held`,
        `to start again: lockflight resume --env ${name} --reason …, then lockflight promote <release> --to ${name}`,
      ].join('\n'),
    )
  },
})
