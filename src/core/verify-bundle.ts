import { z } from 'zod'
import { keyProblem } from './active-key.ts'
import type { Statement, TrustedKey } from './attestation.ts'
import { inTotoPayloadType, p256Key, signatureFits } from './dsse.ts'
import type { Disbelief } from './disbelieved.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'

/** A statement whose signature was checked, or why it is not believed. */
export type VerifiedBundle =
  | { verified: true; statement: Statement; key: string }
  | { verified: false; reason: Disbelief; message: string }

const base64 = z.string().refine(isCanonicalBase64, 'expected canonical base64')

const bundle = z.strictObject({
  mediaType: z.literal('application/vnd.dev.sigstore.bundle.v0.3+json'),
  verificationMaterial: z.strictObject({ publicKey: z.strictObject({ hint: z.string() }) }),
  dsseEnvelope: z.strictObject({
    payload: base64,
    payloadType: z.literal(inTotoPayloadType),
    signatures: z.array(z.strictObject({ sig: base64, keyid: z.literal('') })).length(1),
  }),
})

const statement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
      }),
    )
    .min(1),
  predicateType: z.string().min(1),
  predicate: z.record(z.string(), z.unknown()),
})

/** Reads a bundle that came from elsewhere as bytes or text; refuses with `unprocessable`, reason `bundle.malformed`. */
export function readBundle(source: Uint8Array | string): z.infer<typeof bundle> {
  const read = bundle.safeParse(parseStrictJson(source))
  if (read.success) return read.data
  throw new Refusal('unprocessable', `not a Sigstore bundle v0.3 with a plain key: ${z.prettifyError(read.error)}`, {
    reason: 'bundle.malformed',
  })
}

/** How bundles of this installation are verified; `storedAt` is when one came in here, null where nobody knows. */
export type BundleVerifier = (bundle: unknown, keys: TrustedKey[], storedAt: Date | null) => VerifiedBundle

/** Checks one bundle against the plain keys trusted for that purpose. Pure and offline; the statement comes from the very bytes that were verified. */
export function verifyBundle(
  given: unknown,
  keys: TrustedKey[],
  { purpose = 'provenance', storedAt = null }: { purpose?: TrustedKey['purpose']; storedAt?: Date | null } = {},
): VerifiedBundle {
  const parsed = bundle.safeParse(given)
  if (!parsed.success) return disbelieved('bundle.malformed', z.prettifyError(parsed.error))
  const { verificationMaterial, dsseEnvelope } = parsed.data

  const { hint } = verificationMaterial.publicKey
  const trusted = keys.find((key) => key.id === hint && key.purpose === purpose)
  if (!trusted) return disbelieved('signature.key-unknown', `no key ${hint} is trusted for ${purpose}`)
  const problem = keyProblem(trusted, storedAt)
  if (problem) return { verified: false, ...problem }
  const read = trusted.publicKey === null ? undefined : p256Key(trusted.publicKey)
  if (read?.id !== hint) {
    return disbelieved('signature.key-unknown', `the key stored under ${hint} is not the key of that name`)
  }

  const payload = Buffer.from(dsseEnvelope.payload, 'base64')
  const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64')
  if (!signatureFits(read.key, { payloadType: dsseEnvelope.payloadType, payload, signature })) {
    return disbelieved('signature.invalid', `key ${hint} did not sign this payload`)
  }
  return readStatement(payload, hint)
}

/** Reads a statement that `key` has signed, from the very bytes that were verified. */
export function readStatement(payload: Uint8Array, key: string): VerifiedBundle {
  let json: unknown
  try {
    json = parseStrictJson(payload)
  } catch (error) {
    if (error instanceof Refusal) return disbelieved('statement.malformed', error.message)
    throw error
  }
  const read = statement.safeParse(json)
  if (read.success) return { verified: true, statement: read.data, key }
  const aboutSubject = read.error.issues.every(({ path }) => path[0] === 'subject')
  return disbelieved(aboutSubject ? 'provenance.subject' : 'statement.malformed', z.prettifyError(read.error))
}

function disbelieved(reason: Disbelief, message: string): VerifiedBundle {
  return { verified: false, reason, message }
}

function isCanonicalBase64(text: string): boolean {
  return text !== '' && Buffer.from(text, 'base64').toString('base64') === text
}
