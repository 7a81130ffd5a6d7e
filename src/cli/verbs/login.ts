import { createClient } from '../../client.ts'
import { Refusal } from '../../core/refusal.ts'
import { command } from '../command.ts'
import { loginsFile, readLogins, type Logins } from '../logins.ts'
import { writePrivateJson } from '../private-file.ts'
import { readHidden } from '../prompt.ts'

/** Checks a token with its server, stores it, and makes that server the one commands go to. */
export const login = command({
  options: { server: { value: 'url', says: 'the server’s address', required: true } },
  async run({ home, show }, { server }) {
    const url = addressOf(server)
    const token = await readHidden(`a token for ${url}`)
    const me = await createClient({ url, token }).getMe({})
    const { tokens } = readLogins(home)
    await writePrivateJson(loginsFile(home), { current: url, tokens: { ...tokens, [url]: token } } satisfies Logins)
    show({ url, id: me.id }, ({ id }) => `logged in to ${url} as ${id}`)
  },
})

/** Forgets the current server; commands go to the one of this machine again. */
export const logout = command({
  async run({ home, show }) {
    const { current, tokens } = readLogins(home)
    if (current === null) throw new Refusal('invalid', 'expected a server that was logged in to; found none')
    const { [current]: _forgotten, ...rest } = tokens
    await writePrivateJson(loginsFile(home), { current: null, tokens: rest } satisfies Logins)
    show({ url: current }, ({ url }) => `logged out of ${url}; its token still works until it is revoked or expires`)
  },
})

function addressOf(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.pathname !== '/' || url.search !== '') {
    throw new Refusal('invalid', `expected a server’s address such as https://lockflight.example; found ${text}`)
  }
  return url.origin
}
