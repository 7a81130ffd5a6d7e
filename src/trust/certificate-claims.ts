import type { Signer } from '@sigstore/verify'
import type { CertificateClaims } from '../core/signed-fact.ts'

/** Fulcio's certificate extensions (sigstore/fulcio, docs/oid-info.md), below 1.3.6.1.4.1.57264.1. */
const extensions = { runner: 11, repository: 12, commit: 13, ref: 14, repositoryId: 15 }

/** Reads the extensions of the certificate that has signed. */
export function certificateClaims({ identity }: Signer): CertificateClaims {
  const value = (last: number) => {
    const oid = `1.3.6.1.4.1.57264.1.${last}`
    const found = identity?.oids?.find(({ oid: id }) => id?.id.join('.') === oid)
    return found ? utf8String(found.value) : null
  }
  return {
    repository: value(extensions.repository),
    repositoryId: value(extensions.repositoryId),
    ref: value(extensions.ref),
    commit: value(extensions.commit),
    runner: value(extensions.runner),
  }
}

/** A DER UTF8String (X.690 §8.23) of less than 64 KiB; any other value is shown as it is, and so equals no claim. */
function utf8String(der: Buffer): string {
  if (der[0] !== 0x0c) return der.toString('hex')
  const short = (der[1] ?? 0) < 0x80
  const lengthBytes = short ? 0 : (der[1] ?? 0) & 0x7f
  const length = short ? (der[1] ?? 0) : der.readUIntBE(2, Math.min(Math.max(lengthBytes, 1), 2))
  const text = der.subarray(2 + lengthBytes)
  return text.length === length ? text.toString('utf8') : der.toString('hex')
}
