import { durationWithin, seconds } from '../core/duration.ts'
import { Refusal } from '../core/refusal.ts'

/** The option of everything that can wait. */
export const timeout = { value: 'duration', says: 'how long to wait at most', default: '1h' } as const

/** The value of --timeout in milliseconds. */
export function timeoutMilliseconds(text: string): number {
  if (durationWithin('0s', '366d').safeParse(text).success) return seconds(text) * 1000
  throw new Refusal(
    'invalid',
    `expected a duration such as 90s, 10m or 2h, at most 366d, after --timeout; found ${text}`,
  )
}
