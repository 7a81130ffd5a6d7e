/** The stored answer to a POST with an Idempotency-Key: the same request gets the same answer, another one under the same key is refused. */
export interface Reply {
  actor: string
  key: string
  /** The digest of the request and the answer, as JSON, sealed: both may be about a secret. */
  sealed: Uint8Array
}

/** Answers by actor and key. */
export interface Replies {
  find(actor: string, key: string): Promise<Reply | null>
  /** Refuses with `conflict` when the key was used meanwhile. */
  add(reply: Reply): Promise<void>
}
