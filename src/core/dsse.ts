import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { Bundle, Statement } from './attestation.ts'

/** What the envelopes here carry: an in-toto statement as JSON. */
export const inTotoPayloadType = 'application/vnd.in-toto+json'

/** What a signature is made over (DSSE 1.0, "Signature Definition"): type and payload, each with its length in bytes. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const header = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `
  return Buffer.concat([Buffer.from(header), payload])
}

/** What is signed of a statement, as its type and its bytes. */
export interface Payload {
  type: string
  bytes: Buffer
}

/** A statement as it is signed. */
export function payloadOf(statement: Statement): Payload {
  return { type: inTotoPayloadType, bytes: Buffer.from(JSON.stringify(statement)) }
}

/** Wraps a payload in a bundle with an ECDSA signature in DER over its pre-authentication encoding. */
export function bundleWith(
  { type, bytes }: Payload,
  { hint, signature }: { hint: string; signature: Uint8Array },
): Bundle {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: {
      payload: bytes.toString('base64'),
      payloadType: type,
      // Other verifiers skip a signature whose key id is not empty.
      signatures: [{ sig: Buffer.from(signature).toString('base64'), keyid: '' }],
    },
  }
}

/** Wraps a statement in a bundle; `sign` gets the bytes to sign and answers with an ECDSA signature in DER. */
export function bundleOf(statement: Statement, hint: string, sign: (bytes: Uint8Array) => Uint8Array): Bundle {
  const payload = payloadOf(statement)
  return bundleWith(payload, { hint, signature: sign(preAuthenticationEncoding(payload.type, payload.bytes)) })
}

/** True when that key signed exactly these bytes as that type (ECDSA P-256 with SHA-256, DER). */
export function signatureFits(
  key: KeyObject,
  { payloadType, payload, signature }: { payloadType: string; payload: Uint8Array; signature: Uint8Array },
): boolean {
  return verify('sha256', preAuthenticationEncoding(payloadType, payload), { key, dsaEncoding: 'der' }, signature)
}

/** A public key that was read, with its name. */
export interface NamedKey {
  key: KeyObject
  /** See `keyIdOf`. */
  id: string
}

/** A P-256 public key from SPKI PEM; undefined when it is anything else. */
export function p256Key(pem: string): NamedKey | undefined {
  const known = readKeys.get(pem)
  if (known) return known
  const read = readP256Key(pem)
  if (!read) return undefined
  if (readKeys.size >= keptKeys) readKeys.clear()
  readKeys.set(pem, read)
  return read
}

/** Reading a key takes longer than verifying with it, and every gate of every promotion asks for the same few. */
const readKeys = new Map<string, NamedKey>()
const keptKeys = 100

function readP256Key(pem: string): NamedKey | undefined {
  try {
    const key = createPublicKey(pem)
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 ? { key, id: keyIdOf(key) } : undefined
  } catch {
    return undefined
  }
}

/** The name of a public key: base64(SHA-256(SPKI DER)). */
export function keyIdOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64')
}
