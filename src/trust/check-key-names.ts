import { createHash, type KeyObject } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import { keyName } from '../core/admission.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/**
 * A bundle says whose signature it holds: a key's (`key` is the expected one) or a certificate's (`key` is null). The wrong kind, or
 * another name than the key's, is not what was asked for. Names decide nothing, but one that lies says that something is wrong (A14).
 */
export function checkKeyNames({ verificationMaterial, content }: Bundle, key: KeyObject | null): void {
  const material = verificationMaterial.content
  if (material.$case === 'publicKey' && key === null) {
    throw new Disbelieved('signature.key-unknown', 'expected a certificate, found a signature by a key')
  }
  if (material.$case !== 'publicKey' && key !== null) {
    throw new Disbelieved('signature.key-unknown', 'expected a signature by that key, found a certificate')
  }
  const allowed = key === null ? [''] : ['', ...keyNames(key)]
  const names = [
    ...(material.$case === 'publicKey' ? [material.publicKey.hint] : []),
    ...(content.$case === 'dsseEnvelope' ? content.dsseEnvelope.signatures.map(({ keyid }) => keyid) : []),
  ]
  const stranger = names.find((name) => !allowed.includes(name))
  if (stranger === undefined) return
  throw new Disbelieved(
    'signature.key-unknown',
    `expected a signature by ${allowed[1] ?? 'a certificate'}, found one by ${stranger}`,
  )
}

/** The names a key goes by: its own, the same as fingerprints are spelled, and the fingerprint that SSH gives it, as npm has it. */
export function keyNames(key: KeyObject): string[] {
  const name = keyName(key)
  return [name, ...[name, ...sshName(key)].map((each) => `SHA256:${each.replace(/=+$/, '')}`)]
}

/** Of a P-256 key in the form of RFC 5656 §3.1; none for another kind of key, which npm does not sign with. */
function sshName(key: KeyObject): string[] {
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return []
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const hash = createHash('sha256')
  for (const part of [Buffer.from('ecdsa-sha2-nistp256'), Buffer.from('nistp256'), point]) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    hash.update(length).update(part)
  }
  return [hash.digest('base64')]
}
