import { civil, dayOf, isDate, monthStart, weekday } from './civil.ts'
import { Refusal } from './refusal.ts'

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
const parts = ['FREQ', 'INTERVAL', 'UNTIL', 'WKST', 'BYMONTH', 'BYMONTHDAY', 'BYDAY', 'BYSETPOS'] as const
type Frequency = (typeof frequencies)[number]

/** Which days a rule means. Days are numbers, counted from 1970-01-01; see `dayOf`. */
export interface Recurrence {
  frequency: Frequency
  interval: number
  /** The first day it may mean; from it, intervals are counted. */
  starting: number | null
  until: number | null
  /** 0 is Monday. */
  weekStart: number
  months: number[]
  monthDays: number[]
  /** `nth`: of its month or year, from the end when negative; 0: every one. */
  weekdays: { nth: number; weekday: number }[]
  positions: number[]
}

/**
 * Reads those parts of a recurrence rule (RFC 5545, section 3.3.10) that choose days. All that it leaves out (times of
 * day, counts, rules that take their day from a date elsewhere) is refused with `invalid`, so that looking for the next
 * day always takes little time.
 */
export function readRecurrence(text: string, starting: string | undefined): Recurrence {
  const given = new Map<string, string>()
  for (const part of text.split(';')) {
    const [, name = '', value = ''] = /^([A-Z]+)=([A-Z0-9,+-]+)$/.exec(part) ?? refuse('NAME=VALUE', part || 'nothing')
    if (!isOneOf(parts, name)) refuse(`one of ${parts.join(', ')}`, name)
    if (given.has(name)) refuse('each part once', `${name} twice`)
    given.set(name, value)
  }
  const frequency = given.get('FREQ') ?? 'nothing'
  if (!isOneOf(frequencies, frequency)) refuse(`FREQ to be one of ${frequencies.join(', ')}`, frequency)
  const numbers = (name: string, most: number, least = -most) =>
    (given.get(name)?.split(',') ?? []).map((each) => wholeNumber(name, each, { least, most }))
  const rule: Recurrence = {
    frequency,
    starting: starting === undefined ? null : dayOf(starting),
    interval: wholeNumber('INTERVAL', given.get('INTERVAL') ?? '1', { least: 1, most: 1000 }),
    until: untilOf(given.get('UNTIL')),
    weekStart: weekdayNumber(given.get('WKST') ?? 'MO'),
    months: numbers('BYMONTH', 12, 1),
    monthDays: numbers('BYMONTHDAY', 31),
    weekdays: (given.get('BYDAY')?.split(',') ?? []).map(readWeekday),
    positions: numbers('BYSETPOS', 366),
  }
  check(rule)
  // The same days, found without a look at each.
  const isYearly = frequency === 'DAILY' && rule.interval === 1 && rule.months.length + rule.monthDays.length > 0
  return isYearly ? { ...rule, frequency: 'YEARLY' } : rule
}

/** The days a rule means, in order, from the first day given to before the second. */
export function* daysOf(rule: Recurrence, from: number, before: number): Generator<number> {
  const end = Math.min(before, (rule.until ?? before) + 1)
  for (let start = periodOf(rule, from); start < end; start = nextPeriod(rule, start)) {
    if (!isInTurn(rule, start)) continue
    for (const day of chosen(rule, start)) {
      const holds = (rule.starting ?? day) <= day && day <= (rule.until ?? day)
      if (holds && day >= from && day < before) yield day
    }
  }
}

function check({ frequency, interval, starting, monthDays, weekdays: days, positions }: Recurrence): void {
  const periodic = frequency === 'MONTHLY' || frequency === 'YEARLY'
  if (interval > 1 && starting === null) refuse('`starting`, the date that INTERVAL counts from', 'none')
  if (frequency === 'WEEKLY' && days.length === 0) refuse('BYDAY, the days of the week', 'none')
  if (periodic && days.length + monthDays.length === 0) refuse('BYDAY or BYMONTHDAY, the days', 'neither')
  if (frequency === 'WEEKLY' && monthDays.length > 0) refuse('BYMONTHDAY only with MONTHLY, YEARLY or DAILY', frequency)
  if (!periodic && days.some(({ nth }) => nth !== 0)) refuse('a numbered BYDAY only with MONTHLY or YEARLY', frequency)
  if (monthDays.length > 0 && days.some(({ nth }) => nth !== 0)) refuse('a numbered BYDAY without BYMONTHDAY', 'both')
  if (frequency === 'DAILY' && positions.length > 0) refuse('BYSETPOS only with WEEKLY, MONTHLY or YEARLY', frequency)
}

function chosen(rule: Recurrence, start: number): number[] {
  const days = candidates(rule, start).filter((day) => matches(rule, day))
  if (rule.positions.length === 0) return days
  return days.filter((_, index) => rule.positions.includes(index + 1) || rule.positions.includes(index - days.length))
}

/** Of a period the days that a rule may mean: where it names months or their days, only those, because years are looked through day by day (A37). */
function candidates(rule: Recurrence, start: number): number[] {
  const { frequency, months, monthDays } = rule
  if (months.length + monthDays.length === 0 || frequency === 'DAILY' || frequency === 'WEEKLY') {
    return range(start, nextPeriod(rule, start))
  }
  const { year, month: current } = civil(start)
  const inPeriod = frequency === 'MONTHLY' ? [current] : range(1, 13)
  return inPeriod
    .filter((month) => months.length === 0 || months.includes(month))
    .flatMap((month) => daysIn(monthDays, monthStart(year, month), monthStart(year, month + 1)))
}

function daysIn(monthDays: number[], first: number, end: number): number[] {
  if (monthDays.length === 0) return range(first, end)
  const named = monthDays.map((date) => (date > 0 ? first + date - 1 : end + date))
  return [...new Set(named)].filter((day) => day >= first && day < end).toSorted((one, other) => one - other)
}

function matches({ frequency, months, monthDays, weekdays: days }: Recurrence, day: number): boolean {
  const ofDay = days.filter((each) => each.weekday === weekday(day))
  if (days.length > 0 && ofDay.length === 0) return false
  // What follows takes dates apart, which most rules need for few days.
  if (months.length + monthDays.length === 0 && ofDay.every(({ nth }) => nth === 0)) return true
  const { year, month, date } = civil(day)
  const end = monthStart(year, month + 1) - monthStart(year, month)
  if (months.length > 0 && !months.includes(month)) return false
  if (monthDays.length > 0 && !monthDays.includes(date) && !monthDays.includes(date - end - 1)) return false
  const ofYear = frequency === 'YEARLY' && months.length === 0
  const first = monthStart(year, ofYear ? 1 : month)
  const next = ofYear ? monthStart(year + 1, 1) : first + end
  const ordinals = new Set([0, Math.floor((day - first) / 7) + 1, -Math.floor((next - 1 - day) / 7) - 1])
  return days.length === 0 || ofDay.some(({ nth }) => ordinals.has(nth))
}

/** INTERVAL counts periods from the one that `starting` lies in. */
function isInTurn(rule: Recurrence, start: number): boolean {
  if (rule.starting === null) return true
  return (countOf(rule, start) - countOf(rule, periodOf(rule, rule.starting))) % rule.interval === 0
}

/** The first day of the period a day lies in. */
function periodOf({ frequency, weekStart }: Recurrence, day: number): number {
  if (frequency === 'DAILY') return day
  if (frequency === 'WEEKLY') return day - ((weekday(day) - weekStart + 7) % 7)
  const { year, month } = civil(day)
  return monthStart(year, frequency === 'YEARLY' ? 1 : month)
}

function nextPeriod({ frequency }: Recurrence, start: number): number {
  if (frequency === 'DAILY') return start + 1
  if (frequency === 'WEEKLY') return start + 7
  const { year, month } = civil(start)
  return frequency === 'YEARLY' ? monthStart(year + 1, 1) : monthStart(year, month + 1)
}

function countOf({ frequency }: Recurrence, start: number): number {
  if (frequency === 'DAILY') return start
  if (frequency === 'WEEKLY') return start / 7
  const { year, month } = civil(start)
  return frequency === 'YEARLY' ? year : year * 12 + month
}

function range(from: number, before: number): number[] {
  return Array.from({ length: before - from }, (_, index) => from + index)
}

function readWeekday(text: string): Recurrence['weekdays'][number] {
  const [, nth = '', name = ''] =
    /^([+-]?[0-9]{1,2})?([A-Z]{2})$/.exec(text) ?? refuse('BYDAY such as MO or -1FR', text)
  if (nth !== '') wholeNumber('BYDAY', nth, { least: -53, most: 53 })
  return { nth: Number(nth), weekday: weekdayNumber(name) }
}

function weekdayNumber(name: string): number {
  if (!isOneOf(weekdays, name)) return refuse(`a weekday (${weekdays.join(', ')})`, name)
  return weekdays.indexOf(name)
}

function wholeNumber(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = /^[+-]?[0-9]{1,4}$/.test(text) ? Number(text) : 0
  if (value < least || value > most || value === 0) refuse(`${name} from ${least} to ${most}, not 0`, text)
  return value
}

function untilOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const [, year, month, day] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(text) ?? refuse('UNTIL as YYYYMMDD', text)
  const date = `${year}-${month}-${day}`
  return isDate(date) ? dayOf(date) : refuse('a date in UNTIL', text)
}

function isOneOf<Word extends string>(words: readonly Word[], text: string): text is Word {
  return (words as readonly string[]).includes(text)
}

function refuse(expected: string, found: string): never {
  throw new Refusal('invalid', `expected ${expected}, found ${found}`)
}
