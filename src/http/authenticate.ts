import type { Actor } from '../core/actor.ts'
import type { NewEntry } from '../core/entry.ts'
import { Refusal } from '../core/refusal.ts'
import type { Reply } from '../core/reply.ts'
import type { Store, Transaction } from '../core/store.ts'
import { tokenDigest, type Token } from '../core/token.ts'

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

/** The caller behind a token, as the database knows both now: revoking, disabling and expiry end access with the next request. A bad token is refused, never taken for an anonymous caller; the use of one that was good once is written down. */
export async function authenticate(store: Store, secret: string, key: string | null): Promise<Caller> {
  const found = await store.read(async (tx) => {
    const holder = await holderOf(tx, secret)
    if ('refusal' in holder) return holder
    return { actor: holder, earlier: key === null ? null : await tx.replies.find(holder.id, key) }
  })
  if (!('refusal' in found)) return found
  const { token, refusal } = found
  if (token) await store.transaction((tx) => tx.log(denialOf(token, refusal)))
  throw refusal
}

/** A token that is not good, as far as it is known, and what is said of it. */
interface Refused {
  token: Token | null
  refusal: Refusal
}

async function holderOf(tx: Transaction, secret: string): Promise<Actor | Refused> {
  const digest = tokenDigest(secret)
  const [token, owner] = await Promise.all([tx.tokens.bySecret(digest), tx.members.byToken(digest)])
  if (!token || token.revokedAt !== null) {
    return { token, refusal: refused('token_unknown', 'this token is not known here or was revoked') }
  }
  if (token.expiresAt <= tx.now) {
    return { token, refusal: refused('token_expired', `this token expired at ${token.expiresAt.toISOString()}`) }
  }
  if (!owner || owner.disabled) {
    return { token, refusal: refused('member_disabled', 'the owner of this token has no access any more') }
  }
  return { id: owner.id, kind: owner.kind, name: owner.name, scope: token.scope }
}

/** Whoever uses it is not known to be the owner, only to have the token. */
function denialOf({ id, owner }: Token, { code, reason }: Refusal): NewEntry {
  return {
    type: 'access.denied',
    actor: owner,
    subject: 'token',
    data: { permission: 'token.use', code, reason, id },
  }
}

function refused(reason: string, message: string): Refusal {
  return new Refusal('unauthenticated', `${message}; make a new one with: lockflight tokens create`, { reason })
}
