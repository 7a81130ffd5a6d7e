import type { IncomingMessage } from 'node:http'
import { Refusal } from '../core/refusal.ts'
import { parseStrictJson } from '../core/strict-json.ts'

/** Refuses with `too_large` what says it is, before any of it is read or anyone is authenticated (A18). */
export function refuseLargeBody({ headers }: IncomingMessage, limitBytes: number): void {
  const announced = Number(headers['content-length'] ?? 0)
  if (announced > limitBytes) throw tooLarge(limitBytes)
}

/** The JSON object in a body, `{}` when there is none; never holds more than the limit. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const { headers } = request
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
  if (empty) return {}
  expectJson(headers['content-type'], headers['content-encoding'])
  const pieces: Buffer[] = []
  let sizeBytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    sizeBytes += piece.length
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes)
    pieces.push(piece)
  }
  const value = parseStrictJson(Buffer.concat(pieces), { maxBytes: limitBytes })
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Refusal('invalid', 'expected a JSON object as the body, found something else')
}

/** Refuses an upload that is not the plain bytes of a file. */
export function expectBytes(type = 'nothing', encoding = 'identity'): void {
  if (type === 'application/octet-stream' && encoding === 'identity') return
  throw unsupported('application/octet-stream', type, encoding)
}

/** Forms and plain text are what a foreign page can make a browser send; compressed bodies can be bombs. */
function expectJson(type = 'nothing', encoding = 'identity'): void {
  if (/^application\/json(; ?charset=utf-8)?$/i.test(type) && encoding === 'identity') return
  throw unsupported('application/json', type, encoding)
}

function unsupported(expected: string, type: string, encoding: string): Error {
  const found = encoding === 'identity' ? type : `${type}, encoded as ${encoding}`
  return Object.assign(
    new Refusal('invalid', `expected a body of type ${expected}, found ${found.slice(0, 100)}`, {
      reason: 'unsupported_media_type',
    }),
    { statusCode: 415 },
  )
}

function tooLarge(limitBytes: number): Refusal {
  return new Refusal('too_large', `expected a body of at most ${limitBytes} bytes, found a larger one`)
}
