import type { IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import type { CloudEvent } from '../core/cloud-event.ts'
import type { EntryType } from '../core/entry.ts'
import { exchange } from './exchange.ts'
import { isConnectionLost, persist, type ClientOptions } from './send.ts'

/** Which events to follow; absent keys do not narrow. */
export interface Following {
  project?: string
  environment?: string
  types?: EntryType[]
  /** Index in the log to begin at; what comes next when absent. */
  from?: number
}

/**
 * Events as they happen, each once and in order: a lost connection is taken up again after the last one seen.
 * Ends when the signal aborts; throws when the server stays away.
 */
export async function* follow(
  options: ClientOptions,
  { from, project, environment, types = [] }: Following,
  signal: AbortSignal,
): AsyncGenerator<CloudEvent> {
  const query = new URLSearchParams({ ...(project && { project }), ...(environment && { environment }) })
  for (const type of types) query.append('types', type)
  let wasThere = false
  let last = from === undefined ? undefined : String(from - 1)
  while (!signal.aborted) {
    const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
    try {
      const path = `/events${query.size > 0 ? `?${query.toString()}` : ''}`
      const answer = await persist(options, () => exchange(options, { method: 'GET', path, headers }, signal), wasThere)
      wasThere = true
      for await (const message of messages(answer)) {
        last = message.id ?? last
        if (message.data !== undefined) yield JSON.parse(message.data) as CloudEvent
      }
    } catch (error) {
      if (signal.aborted) return
      if (!isConnectionLost(error)) throw error
    }
    if (!signal.aborted) await pause(100)
  }
}

/** The messages of an event stream (WHATWG HTML, "Server-sent events"); one that is cut off is not given out. */
async function* messages(answer: IncomingMessage): AsyncGenerator<{ id?: string; data?: string }> {
  answer.setEncoding('utf8')
  let rest = ''
  for await (const piece of answer as AsyncIterable<string>) {
    const parts = (rest + piece).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield Object.fromEntries(part.split('\n').flatMap(field))
  }
}

function field(line: string): [string, string][] {
  const colon = line.indexOf(': ')
  return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 2)]] : []
}
