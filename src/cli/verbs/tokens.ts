import { permissions } from '../../core/access.ts'
import { command } from '../command.ts'
import { tokensText } from '../views/tokens-view.ts'

/** Lists tokens; never their secrets. */
export const listTokens = command({
  options: { all: { says: 'of everyone' }, owner: { value: 'actor', says: 'of someone' } },
  async run(context, { all, owner }) {
    const query = { ...(all && { all }), ...(owner && { owner }) }
    context.show(await context.ask((client) => client.listTokens(query)), tokensText)
  },
})

/** Makes a token and prints its secret, this once. */
export const createToken = command({
  arguments: { label: { says: 'what it is for' } },
  options: {
    owner: { value: 'actor', says: 'for someone else' },
    'only-project': { value: 'name', says: 'good for this project only' },
    allow: {
      value: 'permission',
      choices: permissions,
      many: true,
      says: 'good for these only; may be given several times',
    },
    'expires-after': { value: 'duration', says: 'at most 366d', default: '90d' },
  },
  async run(context, { label, owner, onlyProject, allow, expiresAfter }) {
    const request = {
      label,
      expiresAfter,
      ...(owner && { owner }),
      ...(onlyProject && { project: onlyProject }),
      ...(allow && { permissions: allow }),
    }
    const answer = await context.ask((client) => client.createToken(request))
    context.say(`token ${answer.token.id} of ${answer.token.owner}; its secret is shown only now:`)
    context.show(answer, ({ secret }) => secret)
  },
})

/** Ends a token. */
export const revokeToken = command({
  arguments: { token: { says: 'its id' } },
  async run(context, { token }) {
    const answer = await context.ask((client) => client.revokeToken({ id: token }))
    context.show(answer, ({ id, label }) => `token ${id} (${label}) is revoked`)
  },
})
