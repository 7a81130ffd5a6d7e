import type { IncomingMessage } from 'node:http'
import { Refusal, refusalCodes, type Problem, type RefusalCode } from '../core/refusal.ts'

/** The body of an answer; throws when the connection breaks before its end. */
export async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>))
}

/** The JSON in an answer; throws when it is something else, such as the page of a proxy. */
export function jsonIn(body: Buffer): unknown {
  const text = body.toString()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`expected JSON from the server, found ${JSON.stringify(text.slice(0, 80))}`, { cause })
  }
}

/** The refusal in a problem document (RFC 9457); an Error for what only a broken server or a proxy answers. */
export function refusalIn(status: number, body: Buffer): Error {
  const problem = jsonIn(body) as { code?: unknown; reason?: string; detail?: string; problems?: Problem[] }
  const { code, reason, detail, problems } = problem
  if (!isRefusalCode(code)) return new Error(`the server answered ${status}: ${detail ?? 'no reason given'}`)
  return new Refusal(code, detail ?? code, { ...(reason && { reason }), ...(problems && { problems }) })
}

function isRefusalCode(code: unknown): code is RefusalCode {
  return refusalCodes.includes(code as RefusalCode)
}

/** The answer with the texts at the given places (see `calls`) turned into Dates. */
export function withDates(answer: unknown, places: string[]): unknown {
  for (const place of places) reviveAt(answer, place.split('.'))
  return answer
}

function reviveAt(value: unknown, [key = '', ...rest]: string[]): void {
  if (value === null || typeof value !== 'object') return
  const holder = value as Record<string, unknown>
  for (const each of key === '*' ? Object.keys(holder) : [key]) {
    const found = holder[each]
    if (rest.length > 0) reviveAt(found, rest)
    else if (typeof found === 'string') holder[each] = new Date(found)
  }
}
