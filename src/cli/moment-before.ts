import { duration, seconds } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'

/** The moment an option names: as a length of time before now (`90d`), or as a date or time in UTC (`2026-01-31`). */
export function momentBefore(option: string, text: string, now: Date): Date {
  if (duration.safeParse(text).success) return new Date(now.getTime() - seconds(text) * 1000)
  const moment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) ? new Date(text) : new Date(NaN)
  if (!Number.isNaN(moment.getTime())) return moment
  throw new Refusal(
    'invalid',
    `expected a length of time such as 90d, or a date such as 2026-01-31, after ${option}; found ${text}`,
  )
}
