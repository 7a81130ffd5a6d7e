import type { FastifyInstance } from 'fastify'
import { Refusal } from '../core/refusal.ts'

/** Watches the routes that a server gets from now on, and tells with which methods one may ask for a path. */
export function watchMethods(server: FastifyInstance): (path: string) => string[] {
  const routes: { pattern: RegExp; methods: string[] }[] = []
  server.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: [method].flat() })
  })
  return (path) => {
    const methods = routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods)
    return [...new Set(methods)].toSorted()
  }
}

/** What a path that nobody serves with this method is answered: 404, or 405 where another method would do (RFC 9110, section 15.5.6). */
export function nothingHere(method: string, allowed: string[]): Refusal {
  if (allowed.length === 0) return new Refusal('not_found', 'there is nothing at this address')
  const refusal = new Refusal('invalid', `expected one of ${allowed.join(', ')} at this address; found ${method}`, {
    reason: 'method_not_allowed',
  })
  return Object.assign(refusal, { statusCode: 405 })
}

/** A route as its paths look: `:name` is one segment, `*` all that is left. */
function patternOf(url: string): RegExp {
  const source = url.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${source.replaceAll(/:\w+/g, '[^/]+').replaceAll('*', '.*')}$`)
}
