import { command } from '../command.ts'

const env = { value: 'environment', says: 'where', required: true } as const
const reason = { value: 'text', says: 'why', required: true } as const

/** Lets an environment stay on a release. */
export const pin = command({
  options: { env, release: { value: 'release', says: 'which one; by default the live one' }, reason },
  async run(context, { env: environment, release, reason: why }) {
    const request = { project: await context.project(), environment, reason: why, ...(release && { release }) }
    const answer = await context.ask((client) => client.pinEnvironment(request))
    context.show(
      answer,
      ({ version }) =>
        `${environment} stays on ${version}; let others in again with: lockflight unpin --env ${environment} --reason …`,
    )
  },
})

/** Lets other releases in again. */
export const unpin = command({
  options: { env, reason },
  async run(context, { env: environment, reason: why }) {
    const request = { project: await context.project(), environment, reason: why }
    const answer = await context.ask((client) => client.unpinEnvironment(request))
    context.show(answer, ({ environment: name }) => `${name} takes other releases again`)
  },
})
