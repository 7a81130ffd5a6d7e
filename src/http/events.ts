import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { listEntries } from '../app/list-entries.ts'
import { entryTypes } from '../core/entry.ts'
import { slug } from '../core/names.ts'
import { Refusal } from '../core/refusal.ts'
import { bearerToken } from './authenticate.ts'
import type { Desk } from './endpoints.ts'
import { streamEvents } from './event-stream.ts'
import { admitTo } from './odd-one.ts'
import { tooOften } from './rate-limit.ts'
import type { Limits, Surroundings } from './surroundings.ts'

const following = {
  name: 'followEvents',
  method: 'GET',
  permission: 'log.read',
  input: z.strictObject({
    project: slug.exactOptional(),
    environment: slug.exactOptional(),
    types: z.array(z.enum(entryTypes)).min(1).exactOptional(),
  }),
} as const

/** Serves the log as server-sent events: CloudEvents in JSON, in the order of the log, resumable with Last-Event-ID. */
export function serveEvents(server: FastifyInstance, desk: Desk, { log, source, report }: Surroundings): void {
  const { app, limits } = desk
  const streams = createStreams(limits)
  server.addHook('preClose', async () => streams.endAll())
  server.get('/events', async (request, reply) => {
    const last = lastEventId(request.headers['last-event-id'])
    const { actor, what, from } = await admitTo(desk, following, request, async ({ actor: caller, input }) => {
      const newest = await listEntries(app, caller, { ...input, from: 0, limit: 1, newestFirst: true })
      return { actor: caller, what: input, from: last === null ? newest.next : last + 1 }
    })
    const leaving = streams.enter(actor.id)
    reply.hijack()
    const { raw } = reply
    raw.once('close', leaving.end)
    for (const [name, value] of Object.entries(reply.getHeaders())) raw.setHeader(name, value ?? '')
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }).flushHeaders()
    const secret = bearerToken(request.headers.authorization)
    await streamEvents({ app, log, source, secret, what, from }, raw, leaving.signal).catch((error: unknown) => {
      // A stream ends with the rights of its reader and with the database; the reader comes back and is told.
      if (!leaving.signal.aborted && !(error instanceof Refusal)) report(error, request.id)
    })
    leaving.end()
    raw.end()
  })
}

function lastEventId(header: string | string[] | undefined): number | null {
  if (header === undefined) return null
  // -1 asks for everything from the first entry on.
  if (typeof header === 'string' && /^(-1|0|[1-9][0-9]{0,14})$/.test(header)) return Number(header)
  throw new Refusal('invalid', 'expected the id of an event as Last-Event-ID, found something else')
}

function createStreams({ streams, streamsPerMember }: Limits) {
  const open = new Map<AbortController, string>()
  return {
    enter(member: string) {
      const own = [...open.values()].filter((other) => other === member).length
      if (open.size >= streams || own >= streamsPerMember) throw tooOften('open event streams')
      const leaving = new AbortController()
      open.set(leaving, member)
      const end = () => {
        open.delete(leaving)
        leaving.abort()
      }
      return { signal: leaving.signal, end }
    },
    endAll() {
      for (const leaving of open.keys()) leaving.abort()
    },
  }
}
