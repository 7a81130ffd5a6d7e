import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { z } from 'zod'

/** `sha256:` and 64 lower-case hexadecimal digits; any other spelling is refused. */
export const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)])
export type Digest = z.infer<typeof digest>

/** The digest of bytes, or of text as UTF-8. */
export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/** The one spelling of a JSON value (RFC 8785), so equal values have equal bytes. */
export function canonical(value: unknown): string {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('not a JSON value')
  return text
}

/** The digest of a JSON value's canonical bytes. */
export function digestOfJson(value: unknown): Digest {
  return digestOf(canonical(value))
}
