import { randomUUID } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import type { App } from '../app/app.ts'
import { Refusal } from '../core/refusal.ts'
import { createAdmission } from './admission.ts'
import { nothingHere, watchMethods } from './allowed-methods.ts'
import { limitArrival } from './arrival.ts'
import { serveArtifacts, takeUploads } from './artifacts.ts'
import { serveEndpoints } from './endpoints.ts'
import { serveEvents } from './events.ts'
import { serveHealth } from './health.ts'
import { serveLog } from './log-tiles.ts'
import { serveMetrics } from './prometheus.ts'
import { answerBroken, problemOf, sendProblem } from './problem.ts'
import { createUnderWay } from './under-way.ts'
import { defaultLimits, type Surroundings } from './surroundings.ts'

/** Answers of an API show nothing in a browser; these keep one from trying. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** The HTTP server, ready to listen. Closing it ends open streams and waits for requests under way. */
export async function createServer(app: App, surroundings: Surroundings): Promise<FastifyInstance> {
  const limits = { ...defaultLimits, ...surroundings.limits }
  const server = Fastify({
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    trustProxy: false,
    // While closing, what still arrives on open connections is answered, and each of them closed after it.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: answerBroken,
    // The longest that anyone may take; whoever is not told so gets less, see `limitArrival`.
    requestTimeout: Math.max(limits.uploadMilliseconds, limits.requestMilliseconds),
    http: {
      headersTimeout: Math.min(limits.headersMilliseconds, limits.requestMilliseconds),
      connectionsCheckingInterval: Math.min(1000, limits.headersMilliseconds),
    },
    routerOptions: {
      caseSensitive: true,
      ignoreTrailingSlash: false,
      ignoreDuplicateSlashes: false,
      maxParamLength: 1024,
    },
    frameworkErrors: (error, request, reply) => void sendProblem(reply, problemOf(error, request.id)),
  })

  server.removeAllContentTypeParsers()
  // Bodies are read by whoever wants one, after the caller is known.
  server.addContentTypeParser('*', (_request, _body, done) => done(null))
  server.addHook('onRequest', async (request, reply) => {
    limitArrival(request.raw, limits.requestMilliseconds)
    reply.headers({ ...securityHeaders, 'x-request-id': request.id })
    // RFC 9112, section 3.2: what a router would cut off here, a proxy before us may have read differently.
    if (/[#\\]/.test(request.raw.url ?? '')) throw new Refusal('invalid', 'expected a request target without # and \\')
  })
  const methodsAt = watchMethods(server)
  server.setNotFoundHandler((request, reply) => {
    const allowed = methodsAt(request.url.replace(/\?.*$/s, ''))
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    return sendProblem(reply, problemOf(nothingHere(request.method, allowed), request.id))
  })
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request.id)
    if (problem.code === 'internal') surroundings.report(error, request.id)
    return sendProblem(reply, problem)
  })

  const admit = createAdmission(app.store, limits, () => performance.now())
  const underWay = createUnderWay({ perMember: limits.costlyPerMember, most: limits.costly })
  const desk = { app, admit, limits, underWay }
  serveEndpoints(server, desk)
  serveArtifacts(server, desk)
  takeUploads(server, desk)
  serveEvents(server, desk, surroundings)
  serveLog(server, desk, surroundings.log)
  serveMetrics(server, desk)
  serveHealth(server, { database: () => app.store.read(async (tx) => tx.now), ...surroundings.checks })
  return server
}
