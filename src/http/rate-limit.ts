import { Refusal } from '../core/refusal.ts'

/** A bucket that fills at a steady rate; what it holds at most may be spent at once. */
export interface Rate {
  perSecond: number
  atOnce: number
}

interface Bucket {
  left: number
  filledAt: number
}

/** The most keys remembered; the one unused for longest is forgotten first, which only ever forgives. */
const mostKeys = 10_000

/** Counts spending by key; `now` in milliseconds. */
export function createRateLimit({ perSecond, atOnce }: Rate, now: () => number) {
  const buckets = new Map<string, Bucket>()

  const look = (key: string): Bucket => {
    const at = now()
    const old = buckets.get(key) ?? { left: atOnce, filledAt: at }
    const left = Math.min(atOnce, old.left + ((at - old.filledAt) / 1000) * perSecond)
    return { left, filledAt: at }
  }

  return {
    /** True when at least one is left. */
    has: (key: string) => look(key).left >= 1,
    spend(key: string) {
      const bucket = look(key)
      buckets.delete(key)
      buckets.set(key, { ...bucket, left: Math.max(0, bucket.left - 1) })
      const oldest = buckets.keys().next().value
      if (buckets.size > mostKeys && oldest !== undefined) buckets.delete(oldest)
    },
  }
}

/** The refusal of whoever asks too often. */
export function tooOften(what: string): Refusal {
  return new Refusal('rate_limited', `too many ${what}; wait a moment and ask again`)
}
