import type { z } from 'zod'
import type { Api } from './api/api.ts'
import { calls } from './api/calls.ts'
import { bytesOf, jsonIn, refusalIn, withDates } from './client/answer.ts'
import { ask } from './client/ask.ts'
import type { Downloading } from './client/download.ts'
import type { Following } from './client/follow.ts'
import { persist, type ClientOptions, type Outgoing } from './client/send.ts'
import type { Uploading } from './client/upload.ts'
import type { CloudEvent } from './core/cloud-event.ts'

type Arguments<Input> = Record<string, never> extends Input ? [input?: Input] : [input: Input]
type Calls = {
  [Name in keyof Api]: (...input: Arguments<z.input<Api[Name]['input']>>) => Promise<z.output<Api[Name]['output']>>
}

/** The API as functions. What the server refuses is thrown as a `Refusal`; so is a server that cannot be reached (`unavailable`). */
export interface Client extends Calls {
  /** Events as they happen, without gaps or repeats; ends when the signal aborts. */
  follow(what: Following, signal: AbortSignal): AsyncGenerator<CloudEvent>
  /** The whole body of any other path of the server, such as a tile of the log; asked for again when the connection breaks before its end. */
  read(path: string): Promise<Buffer>
  /** Writes a file of a release, as the server has it. */
  download(what: Downloading): Promise<void>
  /** Sends a file that a release can be imported from. */
  upload(what: Uploading): Promise<unknown>
}

/** A client of one server; connects when the first function is called. */
export function createClient(options: ClientOptions): Client {
  const functions = Object.entries(calls).map(([name, { method, path, times }]) => [
    name,
    async (input: Record<string, unknown> = {}) => {
      const outgoing = requestFor(method, `/api/v1${path}`, input)
      return withDates(jsonIn(await persist(options, () => bodyOf(options, outgoing))), times)
    },
  ])
  return {
    ...(Object.fromEntries(functions) as Calls),
    // Few commands follow anything: the others start without loading how.
    async *follow(what, signal) {
      const { follow } = await import('./client/follow.ts')
      yield* follow(options, what, signal)
    },
    async download(what) {
      const { download } = await import('./client/download.ts')
      return download(options, what)
    },
    async upload(what) {
      const { upload } = await import('./client/upload.ts')
      return upload(options, what)
    },
    read: (path) => persist(options, () => bodyOf(options, { method: 'GET', path })),
  }
}

/** The body that one request is answered with; anything but 200 is thrown as the refusal it carries. */
async function bodyOf(options: ClientOptions, outgoing: Outgoing): Promise<Buffer> {
  const { url, token } = options
  if (url.startsWith('https:')) {
    const { exchange } = await import('./client/exchange.ts')
    return bytesOf(await exchange(options, outgoing))
  }
  const headers = { authorization: `Bearer ${token}`, ...outgoing.headers }
  const { status, body } = await ask(new URL(outgoing.path, url), { ...outgoing, headers })
  if (status !== 200) throw refusalIn(status, body)
  return body
}

/** Path parameters go to their places, the rest to the query or the body. The key makes a repeated POST have one effect. */
function requestFor(method: 'GET' | 'POST', path: string, input: Record<string, unknown>): Outgoing {
  const rest = { ...input }
  const filled = path.replaceAll(/:([a-z]+)/gi, (_, key: string) => {
    const value = rest[key]
    delete rest[key]
    return encodeURIComponent(String(value))
  })
  return method === 'GET'
    ? { method, path: filled + queryOf(rest) }
    : { method, path: filled, body: JSON.stringify(rest), headers: { 'idempotency-key': crypto.randomUUID() } }
}

function queryOf(values: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(key, String(one))
  }
  return query.size > 0 ? `?${query.toString()}` : ''
}
