import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'
import { Refusal, type RefusalCode } from '../core/refusal.ts'

/** The HTTP status of each kind of refusal. */
export const statusOf: Record<RefusalCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  unprocessable: 422,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
}

/** An answer that is not the one asked for (RFC 9457), with our own members `code`, `reason`, `problems` and `requestId`. */
export interface Problem {
  type: 'about:blank'
  title: string
  status: number
  detail: string
  code: RefusalCode | 'internal'
  reason: string
  problems: { at: string; message: string }[]
  requestId: string
}

/** The problem document for whatever was thrown; what is not a refusal shows nothing of itself but the request's id. */
export function problemOf(error: unknown, requestId: string): Problem {
  const refusal = error instanceof Refusal ? error : fromFramework(error)
  if (!refusal) {
    return {
      ...head(500),
      detail: `something broke here; the server’s own log has it under ${requestId}`,
      code: 'internal',
      reason: 'internal',
      problems: [],
      requestId,
    }
  }
  const { message, code, reason, problems } = refusal
  const status = httpStatus(error) ?? statusOf[code]
  return { ...head(status), detail: message, code, reason, problems, requestId }
}

/** Sends a problem document; one that is worth another try says when. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 429 || problem.status === 503) reply.header('retry-after', '1')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  // Whatever of the body did not arrive is not worth waiting for.
  if (problem.status === 413 || problem.status === 408) reply.header('connection', 'close')
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Answers what never became a request: too slow, too long, or not HTTP. */
export function answerBroken({ code }: { code?: string }, socket: Socket): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy()
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const detail = `expected a whole HTTP request within the limits, found ${code ?? 'something else'}`
  const body = JSON.stringify({ ...head(status), detail, code: 'invalid', reason: 'malformed_request', problems: [] })
  const headers = `content-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}\r\n\r\n${body}`)
}

function head(status: number): Pick<Problem, 'type' | 'title' | 'status'> {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Problem', status }
}

/** What the HTTP framework itself refuses: a malformed URL, an unknown method. */
function fromFramework(error: unknown): Refusal | null {
  const status = httpStatus(error)
  if (status === null || status < 400 || status > 499) return null
  const reason = status === 415 ? 'unsupported_media_type' : 'malformed_request'
  return new Refusal('invalid', (error as Error).message, { reason })
}

function httpStatus(error: unknown): number | null {
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  return typeof status === 'number' ? status : null
}
