import type { KeyObject } from 'node:crypto'
import type { MessageSignature } from '@sigstore/bundle'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import type { SignedContent } from './trust-material.ts'
import { p256 } from '@noble/curves/nist.js'
import { Disbelieved } from '../core/disbelieved.ts'

/** What a message signature is about when only the SHA-256 of the bytes is known: node:crypto hashes by itself, so P-256 is checked over the digest. */
export function contentByDigest({ messageDigest, signature }: MessageSignature, sha256: Buffer): SignedContent {
  if (messageDigest.algorithm !== HashAlgorithm.SHA2_256) {
    throw new Disbelieved('bundle.unsupported', 'expected a signature over SHA-256, as only that digest is known')
  }
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    compareDigest: (other) => sha256.equals(other),
    compareSignedDigest: (other) => sha256.equals(other),
    verifySignature: (key) => fits(key, signature, sha256),
  }
}

function fits(key: KeyObject, signature: Uint8Array, sha256: Uint8Array): boolean {
  const { crv, x, y } = key.export({ format: 'jwk' })
  if (crv !== 'P-256' || x === undefined || y === undefined) {
    throw new Disbelieved(
      'bundle.unsupported',
      'expected a P-256 key: other signatures can be checked only with the file itself',
    )
  }
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  try {
    return p256.verify(signature, sha256, point, { prehash: false, format: 'der', lowS: false })
  } catch {
    // Bytes that are no signature at all.
    return false
  }
}
