import { z } from 'zod'

const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A length of time as people write it: `90s`, `10m`, `2h`, `7d`, `2w`; not shorter and not longer than that. It stays text in configurations; `seconds` reads it. */
export function durationWithin(least: string, most: string): z.ZodString {
  return z
    .string()
    .regex(/^(0|[1-9][0-9]{0,8})(s|m|h|d|w)$/, { error: 'expected a duration such as 90s, 10m, 2h or 7d', abort: true })
    .refine(
      (text) => seconds(text) >= seconds(least) && seconds(text) <= seconds(most),
      `expected at least ${least} and at most ${most}`,
    )
}

/** A duration of at least a second, and short enough that every date reckoned with it exists. */
export const duration = durationWithin('1s', '366d')

/** How long something may run: no timer of Node waits longer than 24 days (its delay is a 32-bit number of milliseconds). */
export const timeLimit = durationWithin('1s', '24d')

/** A duration's length in whole seconds. */
export function seconds(text: string): number {
  return Number(text.slice(0, -1)) * secondsPer[text.slice(-1) as keyof typeof secondsPer]
}

/** Seconds as people read them, in the two largest units: `2h 5m`, `45s`. */
export function inWords(length: number): string {
  let rest = Math.max(0, Math.round(length))
  const parts = (['d', 'h', 'm', 's'] as const).flatMap((unit) => {
    const count = Math.floor(rest / secondsPer[unit])
    rest -= count * secondsPer[unit]
    return count > 0 ? [`${count}${unit}`] : []
  })
  return parts.slice(0, 2).join(' ') || '0s'
}

/** The moment that many seconds after another. */
export function after(moment: Date, length: number): Date {
  return new Date(moment.getTime() + length * 1000)
}
