import type { KeyObject } from 'node:crypto'
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

/** The names a key goes by: its own, and as npm spells it. */
export function keyNames(key: KeyObject): string[] {
  const name = keyName(key)
  return [name, `SHA256:${name.replace(/=+$/, '')}`]
}
