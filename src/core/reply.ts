import type { Digest } from './digest.ts'

/** The stored answer to a POST with an Idempotency-Key: the same request gets the same answer, another one under the same key is refused. */
export interface Reply {
  actor: string
  key: string
  requestDigest: Digest
  status: number
  body: string
}

/** Answers by actor and key. */
export interface Replies {
  find(actor: string, key: string): Promise<Reply | null>
  add(reply: Reply): Promise<void>
}
