import { z } from 'zod'
import { dayMs, dayOf, isDate } from './civil.ts'
import { duration, seconds } from './duration.ts'
import { daysOf, readRecurrence, type Recurrence } from './recurrence.ts'
import { Refusal } from './refusal.ts'

const timeOfDay = /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/
const mostRecurring = '31d'
const searchedDays = 40 * 366

/** A time in a calendar, as the clocks of its zone show it: on some days again and again, or once. */
export const calendarRule = z
  .strictObject({
    rrule: z
      .string()
      .max(300)
      .optional()
      .describe('Which days: an RFC 5545 recurrence rule such as FREQ=WEEKLY;BYDAY=MO,TU; every day when absent'),
    starting: z
      .string()
      .refine(isDate, 'expected a date such as 2026-12-24')
      .optional()
      .describe('The first day that `rrule` may mean, and the one that its INTERVAL counts from'),
    from: z
      .string()
      .default('00:00')
      .describe(
        'A time of those days, such as 09:00; or, to happen once, a date such as 2026-12-24 or 2026-12-24T18:00',
      ),
    to: z
      .string()
      .optional()
      .describe('Its end. A time that is not later than `from` is on the next day; a date ends with its day'),
    for: duration.optional().describe('Its length, in place of `to`'),
    reason: z.string().min(1).max(300).optional().describe('What verdicts say about it'),
  })
  .superRefine((rule, context) => {
    const problem = problemOf(rule)
    if (problem) context.addIssue({ code: 'custom', path: [problem.at], message: problem.message })
  })
export type CalendarRule = z.infer<typeof calendarRule>

/** A rule, ready to be asked. All its occurrences are as long as each other. */
export interface Timing {
  /** Null for what happens once. */
  recurrence: Recurrence | null
  /** Local time for what happens once, milliseconds after midnight otherwise. */
  start: number
  lengthMs: number
}

/** One time that a rule means, as local time: see `localTime`. The end is no longer part of it. */
export interface Occurrence {
  start: number
  end: number
}

/** Reads a rule that fits its schema. */
export function timingOf({ rrule = 'FREQ=DAILY', starting, from, to, for: length }: CalendarRule): Timing {
  const once = isMoment(from)
  const start = once ? momentOf(from) : timeOf(from)
  const recurrence = once ? null : readRecurrence(rrule, starting)
  if (length !== undefined) return { recurrence, start, lengthMs: seconds(length) * 1000 }
  if (once) return { recurrence, start, lengthMs: endOf(to ?? from.slice(0, 10)) - start }
  const end = timeOf(to ?? '24:00')
  return { recurrence, start, lengthMs: end > start ? end - start : end + dayMs - start }
}

/** The times a rule means that are not over at `from` and begin before `before`, in order. */
export function* occurrences(
  { recurrence, start, lengthMs }: Timing,
  from: number,
  before: number,
): Generator<Occurrence> {
  const days = recurrence
    ? daysOf(recurrence, Math.floor((from - start - lengthMs) / dayMs), Math.ceil((before - start) / dayMs))
    : [0]
  for (const day of days) {
    const begins = day * dayMs + start
    if (begins + lengthMs > from && begins < before) yield { start: begins, end: begins + lengthMs }
  }
}

interface RuleProblem {
  at: keyof CalendarRule
  message: string
}

function problemOf(rule: CalendarRule): RuleProblem | null {
  const { from, to, for: length } = rule
  if (to !== undefined && length !== undefined)
    return { at: 'for', message: 'expected either `to` or `for`, found both' }
  if (isMoment(from)) return problemOfOnce(rule)
  if (!timeOfDay.test(from) || from === '24:00')
    return { at: 'from', message: 'expected a time such as 09:00, or a date' }
  if (to !== undefined && !timeOfDay.test(to))
    return { at: 'to', message: 'expected a time such as 17:00, as in `from`' }
  if (to === from) return { at: 'to', message: 'expected another time than `from`' }
  if (length !== undefined && seconds(length) > seconds(mostRecurring)) {
    return { at: 'for', message: `expected at most ${mostRecurring} for what happens again and again` }
  }
  return problemOfDays(rule)
}

function problemOfOnce(rule: CalendarRule): RuleProblem | null {
  const { rrule, starting, to } = rule
  if (rrule !== undefined) return { at: 'rrule', message: 'expected no rule beside a date in `from`, found one' }
  if (starting !== undefined) return { at: 'starting', message: 'expected nothing beside a date in `from`, found one' }
  if (to !== undefined && !isMoment(to)) return { at: 'to', message: 'expected a date, as in `from`' }
  return timingOf(rule).lengthMs > 0 ? null : { at: 'to', message: 'expected an end after `from`, or it never happens' }
}

function problemOfDays({ rrule = 'FREQ=DAILY', starting }: CalendarRule): RuleProblem | null {
  try {
    const first = dayOf(starting ?? '2000-01-01')
    const days = daysOf(readRecurrence(rrule, starting), first, first + searchedDays)
    return days.next().done ? { at: 'rrule', message: 'expected a day within forty years, or it never happens' } : null
  } catch (error) {
    if (error instanceof Refusal) return { at: 'rrule', message: error.message }
    throw error
  }
}

function isMoment(text: string): boolean {
  const [date = '', time, ...rest] = text.split('T')
  return isDate(date) && rest.length === 0 && (time === undefined || (timeOfDay.test(time) && time !== '24:00'))
}

function momentOf(text: string): number {
  const [date = '', time = '00:00'] = text.split('T')
  return dayOf(date) * dayMs + timeOf(time)
}

/** A date alone is the whole day. */
function endOf(text: string): number {
  return momentOf(text) + (text.includes('T') ? 0 : dayMs)
}

function timeOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return (hours * 60 + minutes) * 60_000
}
