import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../core/refusal.ts'
import { refusalFrom } from './answer.ts'

/** An `import` of node:http would load everything it can lend, fetch included: 30 ms for every command. */
const http = process.getBuiltinModule('node:http')

/** Which server to talk to, and as whom. */
export interface ClientOptions {
  /** Where the server answers, such as `http://127.0.0.1:7070`. */
  url: string
  token: string
}

/** One request, before it is known which connection carries it. */
export interface Outgoing {
  method: 'GET' | 'POST'
  path: string
  body?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** How long a broken connection is tried again. */
const patienceMilliseconds = 10_000

/** A server that says nothing for so long is taken for dead; event streams carry a comment more often than this. */
const silenceMilliseconds = 60_000

/**
 * Does something over the network, and again when the connection broke on the way: only for what may be repeated.
 * A server that was never there is not waited for; one that was may be starting again.
 */
export async function persist<Answer>(
  options: ClientOptions,
  work: () => Promise<Answer>,
  wasThere = false,
): Promise<Answer> {
  const deadline = Date.now() + patienceMilliseconds
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isConnectionLost(error)) throw error
      const neverThere = attempt === 0 && !wasThere && error.code === 'ECONNREFUSED'
      if (neverThere || Date.now() > deadline) throw unreachable(options, error)
      await pause(Math.min(100 * 2 ** attempt, 1000))
    }
  }
}

/** The answer to one request, its body still unread; anything but 200 is thrown as the refusal it carries. */
export async function exchange({ url, token }: ClientOptions, outgoing: Outgoing): Promise<IncomingMessage> {
  const { method, path, body, headers, signal } = outgoing
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
    const error = new Error(`no sign of life for ${silenceMilliseconds / 1000} s`)
    asked.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
  })
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode === 200) return answer
  throw await refusalFrom(answer)
}

const lost = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])

/** True for errors of the network, as opposed to answers and bugs. */
export function isConnectionLost(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && lost.has(error.code)
}

function unreachable({ url }: ClientOptions, cause: NodeJS.ErrnoException): Refusal {
  return new Refusal(
    'unavailable',
    `no answer from ${url} (${cause.message || cause.code}); is \`lockflight server\` running there?`,
    { reason: 'unreachable', cause },
  )
}
