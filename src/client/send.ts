import { Refusal } from '../core/refusal.ts'

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
}

/** How long a broken connection is tried again. */
const patienceMilliseconds = 10_000

/** A server that says nothing for so long is taken for dead; event streams carry a comment more often than this. */
export const silenceMilliseconds = 60_000

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
      await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** attempt, 1000)))
    }
  }
}

const lost = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])

/** True for errors of the network, as opposed to answers and bugs. */
export function isConnectionLost(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && lost.has(error.code)
}

/** An error of the network that we noticed ourselves, with the code the system would give it. */
export function connectionLost(code: 'ECONNRESET' | 'ETIMEDOUT', message: string): Error {
  return Object.assign(new Error(message), { code })
}

function unreachable({ url }: ClientOptions, cause: NodeJS.ErrnoException): Refusal {
  return new Refusal(
    'unavailable',
    `no answer from ${url} (${cause.message || cause.code}); is \`lockflight server\` running there?`,
    { reason: 'unreachable', cause },
  )
}
