import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Reply } from '../core/reply.ts'
import type { Store, Transaction } from '../core/store.ts'
import { tokenDigest } from '../core/token.ts'

/** Who asks, and what they were answered before under the same idempotency key. */
export interface Caller {
  actor: Actor
  earlier: Reply | null
}

/** The secret in an Authorization header; refuses with `unauthenticated` what is absent or not spelt like a token of ours, before anything is looked up. */
export function bearerToken(authorization: string | undefined): string {
  const [, secret] = /^Bearer (lf_[A-Za-z0-9_-]{43})$/i.exec(authorization ?? '') ?? []
  if (secret) return secret
  const found = authorization === undefined ? 'none' : 'something else'
  throw new Refusal('unauthenticated', `expected \`Authorization: Bearer lf_…\`, found ${found}`)
}

/** The caller behind a token, as the database knows both now: revoking, disabling and expiry end access with the next request. A bad token is refused, never taken for an anonymous caller. */
export async function authenticate(store: Store, secret: string, key: string | null): Promise<Caller> {
  return store.read(async (tx) => {
    const actor = await actorOf(tx, secret)
    return { actor, earlier: key === null ? null : await tx.replies.find(actor.id, key) }
  })
}

async function actorOf(tx: Transaction, secret: string): Promise<Actor> {
  const digest = tokenDigest(secret)
  const [token, owner] = await Promise.all([tx.tokens.bySecret(digest), tx.members.byToken(digest)])
  if (!token || token.revokedAt !== null) throw refused('token_unknown', 'this token is not known here or was revoked')
  if (token.expiresAt <= tx.now)
    throw refused('token_expired', `this token expired at ${token.expiresAt.toISOString()}`)
  if (!owner || owner.disabled) throw refused('member_disabled', 'the owner of this token has no access any more')
  return { id: owner.id, kind: owner.kind, name: owner.name, scope: token.scope }
}

function refused(reason: string, message: string): Refusal {
  return new Refusal('unauthenticated', `${message}; make a new one with: lockflight tokens create`, { reason })
}
