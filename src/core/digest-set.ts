import type { Digest } from './digest.ts'

/** What a signed statement calls something by (in-toto DigestSet), as far as it can be compared here; nothing in it has been checked. */
export interface DigestSet {
  sha256?: string | undefined
  sha512?: string | undefined
}

/** Bytes, and what else is known of them. */
export interface KnownBytes {
  digest: Digest
  /** In lower-case hexadecimal; absent where nobody has counted it. */
  sha512?: string | undefined
}

/** Whether that is what these bytes are called: by at least one digest, and by none that is another one's (A11). */
export function isOf({ sha256, sha512 }: DigestSet, bytes: KnownBytes): boolean {
  if (sha256 !== undefined && `sha256:${sha256}` !== bytes.digest) return false
  if (sha512 !== undefined && bytes.sha512 !== undefined && sha512 !== bytes.sha512) return false
  return sha256 !== undefined || (sha512 !== undefined && bytes.sha512 !== undefined)
}

/** The digests for people. */
export function digestsText(sets: DigestSet[]): string {
  const named = sets.slice(0, 10).flatMap(({ sha256, sha512 }) => {
    if (sha256 !== undefined) return [`sha256:${sha256}`]
    return sha512 === undefined ? [] : [`sha512:${sha512}`]
  })
  return named.join(', ') || 'no SHA-256 and no SHA-512'
}
