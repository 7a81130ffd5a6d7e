import { z } from 'zod'
import { dayMs } from './civil.ts'

/** The name of a time zone in the IANA database, such as Europe/Berlin. */
export const zone = z
  .string()
  .max(64)
  .refine(isZone, 'expected a time zone of the IANA database, such as UTC or Europe/Berlin')

/** The time that clocks in a zone show, as the milliseconds at which a clock in UTC shows the same. */
export function localTime(name: string, at: number): number {
  return at + offsetAt(name, at)
}

/** How far clocks in a zone are ahead of UTC at a moment, in milliseconds. */
export function offsetAt(name: string, at: number): number {
  if (name === 'UTC') return 0
  const whole = Math.floor(at / 1000) * 1000
  // Much cheaper than `formatToParts`; an English date has this order.
  const [month = 0, day, year = 0, hour, minute, second] = (
    formatOf(name)
      .format(whole)
      .match(/[0-9]+/g) ?? []
  ).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole
}

/** The first moment after `from`, and not after `to`, at which clocks in a zone are put forward or back; null when they are not. */
export function nextJump(name: string, from: number, to: number): number | null {
  const offset = offsetAt(name, from)
  // No zone jumps to and fro within a week.
  for (let before = from; before < to; before += 7 * dayMs) {
    const end = Math.min(before + 7 * dayMs, to)
    if (offsetAt(name, end) !== offset) return jumpBetween(name, before, end)
  }
  return null
}

function jumpBetween(name: string, before: number, after: number): number {
  const offset = offsetAt(name, before)
  let [low, high] = [before, after]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(name, middle) === offset) low = middle
    else high = middle
  }
  return high
}

/** Making one costs a thousand times what using it does. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn-hc-h23', {
    timeZone: name,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formats.set(name, made)
  return made
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
