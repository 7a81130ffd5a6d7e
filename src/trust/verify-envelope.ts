import type { KeyObject } from 'node:crypto'
import { verify } from 'node:crypto'
import { z } from 'zod'
import { preAuthenticationEncoding } from '../core/dsse.ts'
import { readJson } from './read-json.ts'
import { Disbelieved } from '../core/disbelieved.ts'

const base64 = z.string().refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'expected base64')

const envelope = z.strictObject({
  payload: base64,
  payloadType: z.string(),
  signatures: z
    .array(z.strictObject({ keyid: z.string().default(''), sig: base64 }))
    .min(1)
    .max(100),
})

/** What an envelope must fulfil. */
export interface EnvelopeRule {
  keys: KeyObject[]
  /** How many of the keys must have signed; each counts once, however often it has. */
  threshold: number
  payloadType: string
}

/** The payload of a DSSE envelope that enough of the keys have signed as that type (DSSE 1.0). Key ids are hints of the sender and decide nothing (A14). Throws `Disbelieved`. */
export function verifyEnvelope(source: Uint8Array | string, { keys, threshold, payloadType }: EnvelopeRule): Buffer {
  const read = envelope.safeParse(readJson(source, 'bundle.malformed'))
  if (!read.success) throw new Disbelieved('bundle.malformed', `not a DSSE envelope: ${z.prettifyError(read.error)}`)
  if (read.data.payloadType !== payloadType) {
    throw new Disbelieved(
      'bundle.unsupported',
      `expected a payload of type ${payloadType}, found ${read.data.payloadType}`,
    )
  }
  const payload = Buffer.from(read.data.payload, 'base64')
  const signed = preAuthenticationEncoding(payloadType, payload)
  const signatures = read.data.signatures.map(({ sig }) => Buffer.from(sig, 'base64'))
  const good = distinct(keys).filter((key) => signatures.some((signature) => fits(key, signed, signature)))
  if (good.length >= threshold && threshold >= 1) return payload
  throw new Disbelieved(
    'signature.invalid',
    `expected signatures by ${threshold} of ${keys.length} keys, found ${good.length}`,
  )
}

/** One key under two names is one key. */
function distinct(keys: KeyObject[]): KeyObject[] {
  return keys.filter((key, index) => keys.findIndex((other) => other.equals(key)) === index)
}

function fits(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  if (key.asymmetricKeyType === 'ed25519') return verify(null, signed, key, signature)
  return verify('sha256', signed, { key, dsaEncoding: 'der' }, signature)
}
