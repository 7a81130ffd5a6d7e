import type { ActorId, Scope } from './actor.ts'
import { digestOf, type Digest } from './digest.ts'

/** A credential for the API; only the digest of its secret text is kept. */
export interface Token {
  id: string
  secretDigest: Digest
  owner: ActorId
  /** What it is for, in its owner's words. */
  label: string
  scope: Scope
  createdAt: Date
  expiresAt: Date
  revokedAt: Date | null
}

/** The text of a token, from 32 random bytes; the prefix lets secret scanners find a leaked one. */
export function tokenText(randomBytes: Uint8Array): string {
  return `lf_${Buffer.from(randomBytes).toString('base64url')}`
}

/** What is stored in place of a token's text. */
export function tokenDigest(text: string): Digest {
  return digestOf(text)
}

/** Credentials of all members. */
export interface Tokens {
  bySecret(digest: Digest): Promise<Token | null>
  get(id: string): Promise<Token>
  list(owner: ActorId | null): Promise<Token[]>
  add(token: Token): Promise<void>
  revoke(id: string, at: Date): Promise<void>
}
