import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../core/refusal.ts'
import type { Store } from '../core/store.ts'
import { tokenDigest } from '../core/token.ts'
import { authenticate, bearerToken, type Caller } from './authenticate.ts'
import { createRateLimit, tooOften } from './rate-limit.ts'
import type { Limits } from './surroundings.ts'

/** Who a request is from, before anything of it was looked at but its headers. */
export interface Arrival {
  headers: IncomingHttpHeaders
  /** The address of the connection; what a proxy or a liar says about it is not believed. */
  address: string
  /** The idempotency key, when the request may carry one. */
  key?: string | null
}

/** Lets a request in, or refuses with `unauthenticated` or `rate_limited`. */
export type Admit = (arrival: Arrival) => Promise<Caller>

/** How many recently good tokens are remembered. */
const mostGood = 10_000

/**
 * Authenticates and counts. An address with many failures is refused without asking the database, except for tokens
 * that were good lately: on a shared address one bad caller does not lock out the others.
 */
export function createAdmission(store: Store, limits: Limits, now: () => number): Admit {
  const failures = createRateLimit({ perSecond: limits.failuresPerMinute / 60, atOnce: limits.failuresPerMinute }, now)
  const requests = createRateLimit({ perSecond: limits.requestsPerSecond, atOnce: limits.requestsPerSecond * 10 }, now)
  const good = new Set<string>()

  return async ({ headers, address, key = null }) => {
    const secret = bearerToken(headers.authorization)
    const digest = tokenDigest(secret)
    if (!good.has(digest) && !failures.has(address)) throw tooOften('failed logins from your address')
    try {
      const caller = await authenticate(store, secret, key)
      remember(good, digest)
      if (!requests.has(caller.actor.id)) throw tooOften('requests')
      requests.spend(caller.actor.id)
      return caller
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unauthenticated') {
        good.delete(digest)
        failures.spend(address)
      }
      throw error
    }
  }
}

function remember(good: Set<string>, digest: string): void {
  good.add(digest)
  const oldest = good.values().next().value
  if (good.size > mostGood && oldest !== undefined) good.delete(oldest)
}
