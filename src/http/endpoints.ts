import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { api, type Api } from '../api/api.ts'
import { prefix, type Endpoint } from '../api/endpoint.ts'
import type { App } from '../app/app.ts'
import type { Actor } from '../core/actor.ts'
import type { Admit } from './admission.ts'
import type { Caller } from './authenticate.ts'
import { recordDenial } from './deny.ts'
import { idempotencyKey, once } from './once.ts'
import { readBody, refuseLargeBody } from './read-body.ts'
import { readInput } from './read-input.ts'
import { routes } from './routes.ts'
import type { Limits } from './surroundings.ts'
import type { UnderWay } from './under-way.ts'

/** What answering requests takes. */
export interface Desk {
  app: App
  admit: Admit
  limits: Limits
  /** For costly requests. */
  underWay: UnderWay
}

interface Served extends Endpoint {
  name: keyof Api
  verb: (app: App, actor: Actor, input: Record<string, unknown>) => Promise<unknown>
}

/** Serves every endpoint of the API under its path, and nothing under any other spelling of it. */
export function serveEndpoints(server: FastifyInstance, desk: Desk): void {
  for (const [name, endpoint] of Object.entries(api) as [keyof Api, Endpoint][]) {
    const served = { ...endpoint, name, verb: routes[name] as Served['verb'] }
    server.route({
      method: endpoint.method,
      url: prefix + endpoint.path,
      handler: async (request, reply) => reply.type('application/json').send(await answer(desk, served, request)),
    })
  }
}

/** The life of a request: admit, read, run, encode. Whoever is refused for lack of a right is written down. */
async function answer(desk: Desk, served: Served, request: FastifyRequest): Promise<string> {
  const { admit, limits, underWay } = desk
  const key = served.method === 'POST' ? idempotencyKey(request.headers['idempotency-key']) : null
  const bodyBytes = served.bodyBytes ?? limits.bodyBytes
  refuseLargeBody(request.raw, bodyBytes)
  const caller = await admit({ headers: request.headers, address: request.ip, key })
  const work = () => answerTo(desk, served, request, { ...caller, key, bodyBytes })
  return served.costly ? underWay({ member: caller.actor.id, permission: served.permission }, work) : work()
}

async function answerTo(
  { app }: Desk,
  served: Served,
  request: FastifyRequest,
  { bodyBytes, ...caller }: Caller & { key: string | null; bodyBytes: number },
): Promise<string> {
  const input = readInput(served, {
    path: request.params as Record<string, string>,
    query: new URL(request.raw.url ?? '/', 'http://here').searchParams,
    body: served.method === 'POST' ? await readBody(request.raw, bodyBytes) : {},
  })
  try {
    return await run(app, served, { ...caller, input })
  } catch (error) {
    const { name: endpoint, permission } = served
    await recordDenial(app, { actor: caller.actor, endpoint, permission, input }, error)
    throw error
  }
}

async function run(
  app: App,
  { name, verb, output }: Served,
  { actor, earlier, key, input }: Caller & { key: string | null; input: Record<string, unknown> },
): Promise<string> {
  const encode = (answered: unknown) => JSON.stringify(z.encode(output, answered))
  const work = async (within: App) => encode(await verb(within, actor, input))
  if (key === null) return work(app)
  return once(app, { actor, key, endpoint: name, input, earlier }, work, encode)
}
