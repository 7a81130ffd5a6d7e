/** The stored answer to a POST with an Idempotency-Key: the same request gets the same answer, another one under the same key is refused. */
export interface Reply {
  actor: string
  key: string
  /** The digest of the request and the answer, as JSON, sealed: both may be about a secret. */
  sealed: Uint8Array
}

/** How long an answer is kept at least: a client that tries again later than this starts anew. */
export const replyKeptSeconds = 24 * 3600

/** Answers by actor and key. */
export interface Replies {
  find(actor: string, key: string): Promise<Reply | null>
  /** Refuses with `conflict` when the key was used meanwhile. */
  add(reply: Reply): Promise<void>
  /** Removes those from before that moment, the oldest first and at most so many; returns how many they were. */
  removeBefore(moment: Date, limit: number): Promise<number>
}
