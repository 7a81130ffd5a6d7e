import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { bytesOf, refusalIn } from './answer.ts'
import { connectionLost, silenceMilliseconds, type ClientOptions, type Outgoing } from './send.ts'

/** An `import` of node:http would load everything it can lend, fetch included: 30 ms. */
const http = process.getBuiltinModule('node:http')

/** The answer to one request, its body still unread; anything but 200 is thrown as the refusal it carries. */
export async function exchange(
  { url, token }: ClientOptions,
  { method, path, body, headers }: Outgoing,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  const target = new URL(path, url)
  const { request } = target.protocol === 'https:' ? await import('node:https') : http
  const asked = request(target, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    timeout: silenceMilliseconds,
    ...(signal && { signal }),
  })
  asked.on('timeout', () => {
    asked.destroy(connectionLost('ETIMEDOUT', `no sign of life for ${silenceMilliseconds / 1000} s`))
  })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode === 200) return answer
  throw refusalIn(answer.statusCode ?? 0, await bytesOf(answer))
}
