import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { addCheckpointPath } from '../core/add-checkpoint.ts'
import type { Witness, WitnessAnswer } from './witness.ts'

/** Holds 63 hashes and a note with a hundred signatures. */
const bodyBytes = 65_536

const defaultLimits = {
  /** The time for a request to arrive whole, and for its headers alone. */
  requestMilliseconds: 10_000,
  headersMilliseconds: 5000,
  /** At once; more are closed again. */
  connections: 64,
}

/** The witness over HTTP, ready to listen; what it throws is reported, and answered with 500. */
export function serveWitness(
  witness: Witness,
  report: (message: string) => void,
  { requestMilliseconds, headersMilliseconds, connections } = defaultLimits,
): Server {
  const connectionsCheckingInterval = Math.min(1000, headersMilliseconds)
  const limits = {
    requestTimeout: requestMilliseconds,
    headersTimeout: headersMilliseconds,
    connectionsCheckingInterval,
  }
  const server = createServer(limits, (request, response) => {
    answer(witness, request).then(
      (given) => send(response, given),
      (error: unknown) => {
        // Whoever went away before all was said gets no answer.
        if (!request.complete) return void response.destroy()
        report(error instanceof Error ? error.message : String(error))
        send(response, { status: 500, type: 'text/plain; charset=utf-8', body: 'nothing was cosigned\n' })
      },
    )
  })
  server.maxConnections = connections
  return server
}

async function answer(witness: Witness, request: IncomingMessage): Promise<WitnessAnswer> {
  const refuse = (status: number, what: string) => ({ status, type: 'text/plain; charset=utf-8', body: `${what}\n` })
  if (request.url !== addCheckpointPath) return refuse(404, `there is only ${addCheckpointPath}`)
  if (request.method !== 'POST') return refuse(405, 'expected POST')
  const body = await bodyOf(request)
  return body === null ? refuse(413, `expected at most ${bodyBytes} bytes`) : witness.addCheckpoint(body)
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > bodyBytes) return null
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}

function send(response: ServerResponse, { status, type, body }: WitnessAnswer): void {
  // What is left of a body that nobody reads would be taken for the next request.
  if (!response.req.complete) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
  if (!response.req.complete) response.once('finish', () => response.req.destroy())
}
