import { Temporal } from 'temporal-polyfill'
import * as fc from 'fast-check'
import { RRuleTemporal } from 'rrule-temporal'
import { expect, test } from 'vitest'
import { civil, dayMs, dayOf, isDate, monthStart, weekday } from './civil.ts'
import { daysOf, readRecurrence } from './recurrence.ts'

const dateOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10)
const days = (rule: string, from: string, before: string, starting?: string) =>
  [...daysOf(readRecurrence(rule, starting), dayOf(from), dayOf(before))].map(dateOf)

test('a rule means its days', () => {
  expect(days('FREQ=WEEKLY;BYDAY=MO,FR', '2026-11-23', '2026-12-01')).toEqual([
    '2026-11-23',
    '2026-11-27',
    '2026-11-30',
  ])
  expect(days('FREQ=MONTHLY;BYDAY=-1FR', '2026-11-01', '2027-01-01')).toEqual(['2026-11-27', '2026-12-25'])
  expect(days('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1', '2026-10-01', '2026-12-01')).toEqual([
    '2026-10-30',
    '2026-11-30',
  ])
  expect(days('FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR', '2026-01-01', '2027-01-01')).toEqual([
    '2026-02-13',
    '2026-03-13',
    '2026-11-13',
  ])
  expect(days('FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29', '2026-01-01', '2033-01-01')).toEqual(['2028-02-29', '2032-02-29'])
  expect(days('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU', '2026-11-01', '2026-12-01', '2026-11-10')).toEqual([
    '2026-11-10',
    '2026-11-24',
  ])
  expect(days('FREQ=DAILY;UNTIL=20261102', '2026-11-01', '2026-12-01')).toEqual(['2026-11-01', '2026-11-02'])
})

test('it means the days that another reader of RFC 5545 finds', () => {
  const date = (least: string, most: string) => fc.integer({ min: dayOf(least), max: dayOf(most) }).map(dateOf)
  const some = <T>(each: fc.Arbitrary<T>, most = 3) => fc.uniqueArray(each, { minLength: 1, maxLength: most })
  const dayOfWeek = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU')
  const numbered = fc.tuple(fc.constantFrom('1', '2', '-1', '-2', '4'), dayOfWeek).map((each) => each.join(''))
  const monthDay = fc.oneof(fc.integer({ min: 1, max: 31 }), fc.integer({ min: -31, max: -1 }))
  const of = (name: string, values: fc.Arbitrary<unknown>) => values.map((each) => `;${name}=${String(each)}`)
  const maybe = (name: string, values: fc.Arbitrary<unknown>) => fc.option(of(name, values), { freq: 1, nil: '' })
  // Numbered weekdays beside others are left out: the other reader forgets the others then.
  const which = fc.oneof(of('BYDAY', some(dayOfWeek)), of('BYDAY', some(numbered)), of('BYMONTHDAY', some(monthDay)))
  const inMonths = maybe('BYMONTH', some(fc.integer({ min: 1, max: 12 }), 6))
  const positions = maybe('BYSETPOS', some(fc.constantFrom(1, 2, -1, -2), 2))
  const shape = fc.oneof(
    fc.tuple(fc.constant('FREQ=DAILY'), inMonths, maybe('BYDAY', some(dayOfWeek)), maybe('BYMONTHDAY', some(monthDay))),
    fc.tuple(fc.constant('FREQ=WEEKLY'), of('BYDAY', some(dayOfWeek)), inMonths, maybe('WKST', dayOfWeek), positions),
    fc.tuple(fc.constant('FREQ=MONTHLY'), which, inMonths, positions),
    fc.tuple(fc.constant('FREQ=YEARLY'), which, inMonths, positions),
  )
  const limits = fc.tuple(
    maybe('INTERVAL', fc.integer({ min: 1, max: 4 })),
    maybe(
      'UNTIL',
      date('2026-06-01', '2027-06-01').map((each) => each.replaceAll('-', '')),
    ),
  )
  const rule = fc.tuple(shape, limits).map((each) => each.flat().join(''))
  const state = { compared: 0 }
  fc.assert(
    fc.property(rule, date('2024-01-01', '2025-12-31'), date('2026-01-01', '2026-12-31'), (text, starting, from) => {
      const before = dayOf(from) + 400
      const dtstart = Temporal.ZonedDateTime.from(`${starting}T00:00[UTC]`)
      const theirs = new RRuleTemporal({ rruleString: text, dtstart, includeDtstart: false })
        .between(new Date(dayOf(from) * dayMs), new Date((before - 1) * dayMs), true)
        .map((each) => each.toPlainDate().toString())
      const ours = [...daysOf(readRecurrence(text, starting), dayOf(from), before)].map(dateOf)
      expect(ours, text).toEqual(theirs)
      state.compared += theirs.length
    }),
    { numRuns: 100 },
  )
  expect(state.compared).toBeGreaterThan(300)
})

test('what it does not read is refused, and says what it reads', () => {
  const refused: [rule: string, says: string][] = [
    ['', 'expected NAME=VALUE, found nothing'],
    ['FREQ=HOURLY', 'expected FREQ to be one of DAILY, WEEKLY, MONTHLY, YEARLY, found HOURLY'],
    ['FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30', 'expected FREQ to be one of'],
    ['INTERVAL=2', 'expected FREQ'],
    ['FREQ=DAILY;COUNT=3', 'expected one of FREQ, INTERVAL, UNTIL'],
    ['FREQ=DAILY;BYHOUR=9', 'found BYHOUR'],
    ['FREQ=DAILY;FREQ=DAILY', 'found FREQ twice'],
    ['RRULE:FREQ=DAILY', 'expected NAME=VALUE, found RRULE:FREQ=DAILY'],
    ['freq=daily', 'expected NAME=VALUE'],
    ['FREQ=DAILY;', 'expected NAME=VALUE, found nothing'],
    ['FREQ=WEEKLY', 'expected BYDAY'],
    ['FREQ=MONTHLY', 'expected BYDAY or BYMONTHDAY'],
    ['FREQ=YEARLY;BYMONTH=12', 'expected BYDAY or BYMONTHDAY'],
    ['FREQ=DAILY;INTERVAL=2', 'expected `starting`'],
    ['FREQ=DAILY;INTERVAL=0', 'expected INTERVAL from 1 to 1000'],
    ['FREQ=DAILY;INTERVAL=99999999999999999999', 'expected INTERVAL'],
    ['FREQ=DAILY;INTERVAL=2,3', 'expected INTERVAL from 1 to 1000, not 0, found 2,3'],
    ['FREQ=WEEKLY;BYDAY=1MO', 'expected a numbered BYDAY only with MONTHLY or YEARLY'],
    ['FREQ=MONTHLY;BYDAY=54MO', 'expected BYDAY from -53 to 53'],
    ['FREQ=MONTHLY;BYDAY=0MO', 'expected BYDAY'],
    ['FREQ=MONTHLY;BYDAY=XX', 'expected a weekday'],
    ['FREQ=WEEKLY;BYDAY=MO;BYMONTHDAY=1', 'expected BYMONTHDAY only'],
    ['FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=1', 'expected a numbered BYDAY without BYMONTHDAY'],
    ['FREQ=DAILY;BYSETPOS=1', 'expected BYSETPOS only'],
    ['FREQ=MONTHLY;BYMONTHDAY=0', 'expected BYMONTHDAY from -31 to 31, not 0'],
    ['FREQ=MONTHLY;BYMONTHDAY=1,,2', 'expected BYMONTHDAY'],
    ['FREQ=DAILY;BYMONTH=13', 'expected BYMONTH from 1 to 12'],
    ['FREQ=DAILY;UNTIL=20260230', 'expected a date in UNTIL'],
    ['FREQ=DAILY;UNTIL=20260201T000000Z', 'expected UNTIL as YYYYMMDD'],
  ]
  for (const [rule, says] of refused) expect(() => readRecurrence(rule, undefined), rule).toThrow(says)
})

test('A37 a rule that never comes costs no more to search than one that does', () => {
  const rules = ['FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30', 'FREQ=MONTHLY;BYMONTHDAY=-31;BYMONTH=2;BYSETPOS=366']
  const before = process.cpuUsage()
  for (const rule of rules) expect(days(rule, '2026-01-01', '2066-01-01')).toEqual([])
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(500)
})

test('days have the numbers, dates and weekdays of the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300_000 }), (day) => {
      const { year, month, date } = civil(day)
      expect(dayOf(dateOf(day))).toBe(day)
      expect(monthStart(year, month) + date - 1).toBe(day)
      expect(weekday(day)).toBe((new Date(day * dayMs).getUTCDay() + 6) % 7)
    }),
  )
  expect(monthStart(2026, 13)).toBe(dayOf('2027-01-01'))
  for (const no of [
    '2026-02-30',
    '2026-13-01',
    '26-01-01',
    '1969-12-31',
    '2026-1-1',
    '+12026-01-01',
    '2026-01-01T00',
  ]) {
    expect(isDate(no), no).toBe(false)
  }
  expect(isDate('2028-02-29')).toBe(true)
})
