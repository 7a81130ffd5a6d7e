import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose'
import { z } from 'zod'
import { readJson } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

const longest = 16 * 1024

/** Signatures by a key pair only: with a shared secret whoever can check could also sign (A24). */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

const keySet = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), kid: z.string().optional() })).max(1000),
})

const header = z.strictObject({
  alg: z.string(),
  kid: z.string().max(1024).optional(),
  typ: z.string().optional(),
  cty: z.string().optional(),
})

/** The payload of a compact JWS (RFC 7515) signed by a key of the set with exactly that algorithm. Keys in the token itself, and headers with a meaning nobody asked for, are refused. Throws `Disbelieved`. */
export async function verifyJws(
  token: string,
  { jwks, algorithm }: { jwks: Uint8Array | string; algorithm: string },
): Promise<Uint8Array> {
  if (!algorithms.includes(algorithm))
    throw new Disbelieved('signature.algorithm', `expected one of ${algorithms.join(', ')}, found ${algorithm}`)
  if (token.length > longest || !/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$/.test(token)) {
    throw new Disbelieved('bundle.malformed', `expected three parts of base64url in at most ${longest} characters`)
  }
  const head = header.safeParse(headerOf(token))
  if (!head.success)
    throw new Disbelieved('bundle.malformed', `not a header that is understood: ${z.prettifyError(head.error)}`)
  if (head.data.alg !== algorithm)
    throw new Disbelieved('signature.algorithm', `expected ${algorithm}, found ${head.data.alg}`)
  const keys = keySet.safeParse(readJson(jwks, 'key.malformed'))
  if (!keys.success) throw new Disbelieved('key.malformed', `not a set of public keys: ${z.prettifyError(keys.error)}`)
  const { kid } = head.data
  if (kid !== undefined && keys.data.keys.filter((key) => key.kid === kid).length !== 1) {
    throw new Disbelieved('signature.key-unknown', `expected exactly one key ${kid} in the set`)
  }
  try {
    const { payload } = await compactVerify(token, createLocalJWKSet(keys.data as JSONWebKeySet), {
      algorithms: [algorithm],
    })
    return payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
      throw new Disbelieved('signature.key-unknown', error.message, error)
    }
    if (error instanceof errors.JOSEError) throw new Disbelieved('signature.invalid', error.message, error)
    throw new Disbelieved('key.malformed', (error as Error).message, error)
  }
}

/** Read strictly: a header with a key twice could be understood differently by two parsers. */
function headerOf(token: string): unknown {
  const [encoded = ''] = token.split('.')
  const bytes = Buffer.from(encoded, 'base64url')
  if (bytes.toString('base64url') === encoded) return readJson(bytes, 'bundle.malformed')
  throw new Disbelieved('bundle.malformed', 'the header is not canonical base64url')
}
