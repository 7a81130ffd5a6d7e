import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Endpoint } from '../api/endpoint.ts'
import type { Actor } from '../core/actor.ts'
import { recordDenial } from './deny.ts'
import type { Desk } from './endpoints.ts'
import { readInput } from './read-input.ts'

/** A request whose body or answer is no JSON, and which is therefore no endpoint; otherwise it is treated like one. A POST has all it says in its path. */
export interface OddOne<Input extends z.ZodObject> extends Pick<Endpoint<Input>, 'permission' | 'input'> {
  name: string
  method: 'GET' | 'POST'
}

/** Admits the caller, reads the input and runs the work, under the same rules as an endpoint. */
export async function admitTo<Input extends z.ZodObject, Result>(
  { app, admit }: Desk,
  { name, permission, method, input: schema }: OddOne<Input>,
  request: FastifyRequest,
  work: (known: { actor: Actor; input: z.output<Input> }) => Promise<Result>,
): Promise<Result> {
  const { actor } = await admit({ headers: request.headers, address: request.ip })
  const { '*': _, ...path } = request.params as Record<string, string>
  const query = new URL(request.raw.url ?? '/', 'http://here').searchParams
  const input = readInput({ method, input: schema }, { path, query, body: {} })
  try {
    return await work({ actor, input: input as z.output<Input> })
  } catch (error) {
    await recordDenial(app, { actor, endpoint: name, permission, input }, error)
    throw error
  }
}
