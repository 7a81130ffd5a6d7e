import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { request as plain, type IncomingMessage } from 'node:http'
import { request as encrypted } from 'node:https'
import { isIP } from 'node:net'
import type { EgressRule } from '../core/egress-rule.ts'
import type { HttpAnswer, HttpRequest } from '../core/http-request.ts'
import { urlProblem } from '../core/outside-url.ts'
import { Refusal } from '../core/refusal.ts'
import { createAddressCheck } from './closed-addresses.ts'

type Resolve = (host: string) => Promise<string[]>

/**
 * Sends requests as far as the operator lets them go (A22): the name is resolved once, its addresses are checked, and the
 * connection goes to a checked one. No redirects, no proxies, no compression, limits on time and size. Refuses with
 * `unavailable`, in words without anything of the answer; only whoever asked knows what may be shown of that.
 */
export function createHttp({ opened, resolve = addressesOf }: { opened: EgressRule[]; resolve?: Resolve }) {
  const check = createAddressCheck(opened)
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    const problem = urlProblem(request.url)
    if (problem !== null) throw unavailable(request, problem, 'outside.url')
    const signal = AbortSignal.timeout(request.timeoutSeconds * 1000)
    const late = new Promise<never>((_, fail) => {
      signal.addEventListener('abort', () => fail(new Error(`no answer within ${request.timeoutSeconds} s`)))
    })
    try {
      const address = await Promise.race([permitted(request, resolve, check), late])
      return await Promise.race([send(request, address, signal), late])
    } catch (error) {
      if (error instanceof Refusal) throw error
      throw unavailable(request, messageOf(error), 'outside.unreachable', error)
    }
  }
}

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

/** The first address that may be asked: it alone is connected to, whatever the name says a moment later. */
async function permitted(
  request: HttpRequest,
  resolve: Resolve,
  check: ReturnType<typeof createAddressCheck>,
): Promise<string> {
  const { hostname, port, protocol } = new URL(request.url)
  const host = hostname.replaceAll(/[[\]]/g, '')
  const number = Number(port) || (protocol === 'https:' ? 443 : 80)
  const addresses = isIP(host) > 0 ? [host] : await resolve(host)
  const found = addresses.map((address) => ({ address, closed: check(address, number, request.deployed ?? false) }))
  const open = found.find(({ closed }) => closed === null)
  if (open) return open.address
  const why = found[0]?.closed ?? `${host} has no address`
  throw unavailable(request, `${why}; whoever runs this server can open it with LOCKFLIGHT_REACHABLE`, 'outside.closed')
}

async function send(request: HttpRequest, address: string, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, method, headers, body } = request
  const { protocol, hostname, host, port, pathname, search } = new URL(url)
  const encrypts = protocol === 'https:'
  const going = (encrypts ? encrypted : plain)({
    method,
    host: address,
    port: port === '' ? (encrypts ? 443 : 80) : port,
    path: `${pathname}${search}`,
    ...(encrypts && isIP(hostname.replaceAll(/[[\]]/g, '')) === 0 ? { servername: hostname } : {}),
    headers: {
      'user-agent': 'lockflight',
      ...headers,
      host,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    },
    agent: false,
    signal,
  })
  // Once the answer is being read, what breaks is told by the answer.
  going.on('error', () => undefined)
  going.end(body)
  const [response] = (await once(going, 'response')) as [IncomingMessage]
  return read(request, response)
}

async function read(request: HttpRequest, response: IncomingMessage): Promise<HttpAnswer> {
  const { statusCode = 0, headers } = response
  const encoding = headers['content-encoding'] ?? 'identity'
  try {
    if (encoding !== 'identity') throw unavailable(request, 'the answer is compressed', 'outside.encoding')
    return {
      status: statusCode,
      type: (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: await bodyOf(request, response),
    }
  } finally {
    response.destroy()
  }
}

async function bodyOf(request: HttpRequest, response: IncomingMessage): Promise<Uint8Array> {
  const { maxBytes, cut } = request
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    size += chunk.length
    if (size > maxBytes && cut) break
    if (size > maxBytes) throw unavailable(request, `the answer is longer than ${maxBytes} bytes`, 'outside.too_large')
  }
  return Buffer.concat(chunks).subarray(0, maxBytes)
}

/** Names the address without its query, which may hold what is nobody's business. */
function unavailable({ method, url }: HttpRequest, why: string, reason: string, cause?: unknown): Refusal {
  const shown = url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//')
  return new Refusal('unavailable', `${method} ${shown} failed: ${why}`, { reason, cause })
}

function messageOf(error: unknown): string {
  const { message, errors } = error as Error & { errors?: Error[] }
  return message || (errors?.[0]?.message ?? String(error))
}
