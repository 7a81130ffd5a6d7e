import { z } from 'zod'
import type { HttpAnswer, HttpRequest } from '../core/http-request.ts'
import type { Image } from '../core/image.ts'
import { urlProblem } from '../core/outside-url.ts'
import { Refusal } from '../core/refusal.ts'
import { refuseEcho } from '../core/refuse-echo.ts'
import type { RegistryAccess } from '../core/registry.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import { readChallenge } from './challenge.ts'

/** Sends one request to the world outside. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>

/** A request about one repository of a registry. */
export interface RegistryRequest {
  method: HttpRequest['method']
  /** Below `/v2/<name>/`. */
  to: string
  headers?: Record<string, string>
  body?: string
  maxBytes: number
}

/** Everything that is said to one registry about one image. */
export interface Conversation {
  /** The answer, whatever its status but a denial; refuses with `unprocessable` when the registry does not let us. */
  ask(request: RegistryRequest): Promise<HttpAnswer>
}

const mostSeconds = 20
const wholeSeconds = 45
/** All answers together: each may be of a legal size, and there may be many. */
const wholeBytes = 48 * 1024 * 1024

/**
 * Begins to talk about one image. Credentials go to the registry's own host and to its token server, and nowhere else: not with a
 * redirect, not to another realm (A21, A22). `writes` asks for the right to push too.
 */
export function createConversation(
  http: Http,
  image: Image,
  { access, writes }: { access: RegistryAccess; writes: boolean },
): Conversation {
  const { registry, name } = image
  const origin = originOf(registry)
  const until = performance.now() + wholeSeconds * 1000
  let authorization: string | null = null
  let takenBytes = 0
  const secrets = access.credentials ? { 'password of the registry': access.credentials.password } : {}

  const send = async (request: Omit<HttpRequest, 'timeoutSeconds'>) => {
    const left = Math.max(0.001, Math.min(mostSeconds, (until - performance.now()) / 1000))
    const answer = await http({ ...request, timeoutSeconds: left })
    refuseEcho(answer, secrets)
    takenBytes += answer.body.length
    if (takenBytes <= wholeBytes) return answer
    const most = `expected at most ${wholeBytes} bytes about ${name}`
    throw new Refusal('too_large', `${most}, found more in ${registry}`, { reason: 'registry.endless' })
  }

  const sendHere = ({ to, headers, ...request }: RegistryRequest) =>
    send({
      ...request,
      url: `${origin}/v2/${name}/${to}`,
      headers: { ...headers, ...(authorization !== null && { authorization }) },
    })

  const authorize = async (answer: HttpAnswer) => {
    const challenge = readChallenge(answer.headers['www-authenticate'] ?? '')
    if (challenge?.scheme === 'bearer') return `Bearer ${await token(challenge.realm, challenge.service)}`
    if (challenge && access.credentials) return `Basic ${basic(access.credentials)}`
    throw denied(image, access)
  }

  const token = async (realm: string, service: string | null) => {
    checkRealm(realm, registry, access)
    const url = new URL(realm)
    if (service !== null) url.searchParams.set('service', service)
    // What the challenge asks for is not our word: nobody may have a token with more rights made out to us.
    url.searchParams.set('scope', `repository:${name}:${writes ? 'pull,push' : 'pull'}`)
    const headers = access.credentials ? { authorization: `Basic ${basic(access.credentials)}` } : {}
    const answer = await send({ method: 'GET', url: url.href, headers, maxBytes: 64 * 1024 })
    if (isOutage(answer)) throw new Refusal('unavailable', `the token server of ${registry} answered ${answer.status}`)
    if (answer.status !== 200) throw denied(image, access)
    return tokenIn(answer, registry)
  }

  return {
    async ask(request) {
      let answer = await sendHere(request)
      if (answer.status === 401) {
        authorization = await authorize(answer)
        answer = await sendHere(request)
      }
      if (answer.status === 401 || answer.status === 403) throw denied(image, access)
      const { location } = answer.headers
      if (request.method !== 'GET' || answer.status < 300 || answer.status > 399 || location === undefined)
        return answer
      return send({ method: 'GET', url: storageUrl(location, origin, access), maxBytes: request.maxBytes })
    },
  }
}

/** An answer that says nothing about what was asked, and may be another one later. */
export function isOutage({ status }: HttpAnswer): boolean {
  return status === 429 || status >= 500
}

/** Encrypted, but to this very machine. */
function originOf(host: string): string {
  return `${isHere(host) ? 'http' : 'https'}://${host}`
}

function isHere(host: string): boolean {
  return /^(?:127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost)(?::|$)/.test(host)
}

function basic({ username, password }: NonNullable<RegistryAccess['credentials']>): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

function checkRealm(realm: string, registry: string, { tokenServer }: RegistryAccess): void {
  const host = hostOf(realm)
  if (host === null) throw refused('registry.realm', `${registry} names a token server that is no address to ask`)
  if (host === registry || host === tokenServer) return
  const found = tokenServer === null ? 'none' : tokenServer
  throw refused(
    'registry.realm',
    `${registry} wants a token of ${host}: expected \`token-server: ${host}\` beside it in lockflight.yaml, found ${found}`,
  )
}

/** The one step that bytes may be away; whoever is there gets no credentials, and its redirects are not followed. */
function storageUrl(location: string, origin: string, { storage }: RegistryAccess): string {
  const url = URL.canParse(location, origin) ? new URL(location, origin).href : ''
  const host = hostOf(url)
  if (host !== null && (url.startsWith(`${origin}/`) || storage.includes(host))) return url
  const where = host ?? 'what is no address to ask'
  throw refused(
    'registry.redirect',
    `${origin} sends us on to ${where}: expected that host under \`storage\` beside it in lockflight.yaml`,
  )
}

/** Null for what nobody should ask, and for what would be asked in the clear elsewhere. */
function hostOf(url: string): string | null {
  if (urlProblem(url) !== null) return null
  const { protocol, host } = new URL(url)
  return protocol === 'https:' || isHere(host) ? host : null
}

const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() })

function tokenIn({ body }: HttpAnswer, registry: string): string {
  const read = tokenAnswer.safeParse(parseStrictJson(body))
  const token = read.data?.token ?? read.data?.access_token ?? ''
  if (/^[\x21-\x7e]{1,16384}$/.test(token)) return token
  throw refused('registry.token', `the token server of ${registry} answered without a token`)
}

function denied({ registry, name }: Image, { credentials }: RegistryAccess): Refusal {
  const who = credentials ? credentials.username : 'anyone without a name'
  const remedy = credentials
    ? 'check the secret and the rights of that name there'
    : 'give username and password beside it in lockflight.yaml'
  return refused('registry.denied', `${registry} does not let ${who} do this with ${name}; ${remedy}`)
}

function refused(reason: string, message: string): Refusal {
  return new Refusal('unprocessable', message, { reason })
}
