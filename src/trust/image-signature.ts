import { createHash } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import { z } from 'zod'
import { digest, type Digest } from '../core/digest.ts'
import type { DigestSet } from '../core/digest-set.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { readBundle } from './read-bundle.ts'
import { readJson } from './read-json.ts'
import { subjectsOf } from './subjects-of.ts'

/** The media type of a document of ours: a Sigstore bundle v0.1 with the payload that cosign 1 and 2 sign in the place of an image. */
export const imageSignatureType = 'application/vnd.lockflight.image-signature+json;version=1'

/** What an image signature is made of, as JSON: everything else in it is the bundle's. */
export const wrappedBundleType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'

const base64 = z
  .string()
  .refine((text) => text !== '' && Buffer.from(text, 'base64').toString('base64') === text, 'expected canonical base64')

const imageSignature = z.looseObject({ mediaType: z.literal(imageSignatureType), simpleSigning: base64 })

/** Red Hat's "simple signing", as cosign writes it (sigstore/cosign, specs/SIGNATURE_SPEC.md): only the digest decides. */
const payload = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': z.string() }),
    type: z.enum(['cosign container image signature', 'atomic container signature']),
  }),
  optional: z.record(z.string(), z.unknown()).nullish(),
})

/** A bundle with what it says that it is about; nobody has checked a signature. */
export interface SignedDocument {
  bundle: Bundle
  about: DigestSet[]
  /** What was signed in the place of an image; null in every other document. */
  payload: Uint8Array | null
}

/** A Sigstore bundle, or an image signature, from its JSON form. Throws `Disbelieved`. */
export function readSigned(json: unknown): SignedDocument {
  const { mediaType } = (json ?? {}) as { mediaType?: unknown }
  if (mediaType !== imageSignatureType) {
    const bundle = readBundle(JSON.stringify(json))
    return { bundle, about: subjectsOf(bundle), payload: null }
  }
  const read = imageSignature.safeParse(json)
  if (!read.success) throw new Disbelieved('bundle.malformed', z.prettifyError(read.error))
  const { simpleSigning, ...rest } = read.data
  const signed = Buffer.from(simpleSigning, 'base64')
  const bundle = readBundle(JSON.stringify({ ...rest, mediaType: wrappedBundleType }))
  if (bundle.content.$case !== 'messageSignature') {
    throw new Disbelieved('bundle.malformed', 'expected a signature of the payload, found an envelope')
  }
  return { bundle, about: [{ sha256: signedImage(signed).slice('sha256:'.length) }], payload: signed }
}

/** The image that a payload is about. Throws `Disbelieved`. */
export function signedImage(bytes: Uint8Array): Digest {
  const read = payload.safeParse(readJson(bytes, 'statement.malformed'))
  if (!read.success) throw new Disbelieved('statement.malformed', z.prettifyError(read.error))
  const named = digest.safeParse(read.data.critical.image['docker-manifest-digest'])
  if (named.success) return named.data
  throw new Disbelieved('provenance.subject', 'expected the SHA-256 of an image, found another digest')
}

/** Wraps a bundle v0.1 of a payload in the one document that is stored. */
export function wrapped(bundle: object, bytes: Uint8Array): object {
  return { ...bundle, mediaType: imageSignatureType, simpleSigning: Buffer.from(bytes).toString('base64') }
}

/** The message signature of some bytes, by SHA-256, as bundles have it. */
export function messageSignature(bytes: Uint8Array, signature: string): object {
  const sum = createHash('sha256').update(bytes).digest('base64')
  return { messageDigest: { algorithm: 'SHA2_256', digest: sum }, signature }
}
