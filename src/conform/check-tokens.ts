import { z } from 'zod'
import type { ConformanceCase } from '../core/conformance.ts'
import { isSignedByGithub, isStandardWebhook } from '../core/webhook-signature.ts'
import { readJson } from '../trust/read-json.ts'
import { verifyJws } from '../trust/verify-jws.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { readBytes, readText } from './read-bytes.ts'

/** Verifies a compact JWS, given as text. */
export async function checkToken(one: Extract<ConformanceCase, { check: 'jws-verify' }>): Promise<string> {
  const { jwks, algorithm, token } = one
  await verifyJws(token, { jwks: await readBytes(jwks), algorithm })
  return ''
}

const headerNames = z.record(z.string(), z.string())

/** Verifies the signature of a webhook, whenever it was sent; the headers are a JSON object. */
export async function checkWebhook(one: Extract<ConformanceCase, { check: 'webhook-verify' }>): Promise<string> {
  const { scheme, secret, headers: file, body } = one
  const read = headerNames.safeParse(readJson(await readText(file), 'webhook.malformed'))
  if (!read.success) throw new Disbelieved('webhook.malformed', z.prettifyError(read.error))
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(read.data)) {
    const lower = name.toLowerCase()
    if (Object.hasOwn(headers, lower))
      throw new Disbelieved('webhook.malformed', `expected ${lower} once, found it again`)
    headers[lower] = value
  }
  const bytes = await readBytes(body)
  const signed =
    scheme === 'github' ? isSignedByGithub(headers, bytes, secret) : isStandardWebhook(headers, bytes, secret)
  if (signed) return ''
  throw new Disbelieved('webhook.signature', 'no signature of this secret over these bytes')
}
