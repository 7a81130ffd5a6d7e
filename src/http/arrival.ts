import type { IncomingMessage } from 'node:http'
import { Refusal } from '../core/refusal.ts'
import { answerBroken } from './problem.ts'

const deadlines = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** Cuts a request off whose body has not arrived in time, whatever becomes of it meanwhile (A18). */
export function limitArrival(request: IncomingMessage, milliseconds: number): void {
  const { headers, socket } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  const deadline = setTimeout(() => answerBroken({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, socket), milliseconds)
  deadlines.set(request, deadline)
  request.once('close', () => clearTimeout(deadline))
}

/** The body of an upload, without the limit that `limitArrival` set; only for callers who are known. Refuses with `invalid` when the connection ends before the body does. */
export async function* arriving(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  clearTimeout(deadlines.get(request))
  try {
    yield* request as AsyncIterable<Buffer>
  } catch (cause) {
    throw new Refusal('invalid', 'the connection ended before the file did; send it again', {
      reason: 'upload_incomplete',
      cause,
    })
  }
}
