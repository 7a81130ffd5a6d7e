import { expect, test } from 'vitest'
import { calendarRule, occurrences, timingOf } from './calendar-rule.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const timesOf = (rule: object, from: string, before: string) =>
  [...occurrences(timingOf(calendarRule.parse(rule)), at(from), at(before))].map(({ start, end }) =>
    [start, end].map((moment) => new Date(moment).toISOString().slice(0, 16)),
  )

test('a rule gives the times that are not over at the first moment and begin before the second', () => {
  const nightly = { rrule: 'FREQ=WEEKLY;BYDAY=SU,MO', from: '22:00', to: '06:00' }
  expect(timesOf(nightly, '2026-11-23T05:59', '2026-11-23T22:01')).toEqual([
    ['2026-11-22T22:00', '2026-11-23T06:00'],
    ['2026-11-23T22:00', '2026-11-24T06:00'],
  ])
  expect(timesOf(nightly, '2026-11-23T06:00', '2026-11-23T22:00')).toEqual([])
  expect(timesOf({}, '2026-11-23T12:00', '2026-11-23T13:00')).toEqual([['2026-11-23T00:00', '2026-11-24T00:00']])
  expect(timesOf({ from: '12:00', for: '2d' }, '2026-11-23T00:00', '2026-11-23T13:00')).toHaveLength(3)
})

test('a date alone is the whole day, as a beginning and as an end', () => {
  const year = ['2026-01-01T00:00', '2027-01-01T00:00'] as const
  expect(timesOf({ from: '2026-12-24' }, ...year)).toEqual([['2026-12-24T00:00', '2026-12-25T00:00']])
  expect(timesOf({ from: '2026-12-24T18:00' }, ...year)).toEqual([['2026-12-24T18:00', '2026-12-25T00:00']])
  expect(timesOf({ from: '2026-12-24T18:00', to: '2026-12-26' }, ...year)).toEqual([
    ['2026-12-24T18:00', '2026-12-27T00:00'],
  ])
  expect(timesOf({ from: '2026-12-24', to: '2026-12-24T12:00' }, ...year)).toEqual([
    ['2026-12-24T00:00', '2026-12-24T12:00'],
  ])
  expect(timesOf({ from: '2026-12-24', for: '36h' }, ...year)).toEqual([['2026-12-24T00:00', '2026-12-25T12:00']])
})

test('a rule that never happens, or says two things, is refused at the key that is wrong', () => {
  const refused: [rule: object, key: string, says: string][] = [
    [{ rrule: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }, 'rrule', 'never happens'],
    [{ rrule: 'FREQ=DAILY;UNTIL=20261101', starting: '2026-11-02' }, 'rrule', 'never happens'],
    [{ rrule: 'FREQ=HOURLY' }, 'rrule', 'expected FREQ to be one of'],
    [{ rrule: 'FREQ=DAILY', from: '2026-11-23' }, 'rrule', 'expected no rule beside a date'],
    [{ starting: '2026-11-23', from: '2026-11-23' }, 'starting', 'expected nothing beside a date'],
    [{ starting: '2026-11-31' }, 'starting', 'expected a date'],
    [{ from: '2026-11-23', to: '2026-11-22' }, 'to', 'never happens'],
    [{ from: '2026-11-23T10:00', to: '2026-11-23T10:00' }, 'to', 'never happens'],
    [{ from: '2026-11-23', to: '10:00' }, 'to', 'expected a date'],
    [{ from: '10:00', to: '2026-11-23' }, 'to', 'expected a time'],
    [{ from: '10:00', to: '10:00' }, 'to', 'expected another time'],
    [{ from: '10:00', to: '11:00', for: '1h' }, 'for', 'found both'],
    [{ from: '10:00', for: '32d' }, 'for', 'expected at most 31d'],
    [{ from: '24:00' }, 'from', 'expected a time'],
    [{ from: '9:00' }, 'from', 'expected a time'],
    [{ from: '10:60' }, 'from', 'expected a time'],
    [{ from: '2026-02-30' }, 'from', 'expected a time such as 09:00, or a date'],
    [{ from: '2026-12-24T24:00' }, 'from', 'expected a time'],
    [{ from: '2026-12-24T10:00T11:00' }, 'from', 'expected a time'],
    [{ from: '10:00', until: '11:00' }, '', ''],
  ]
  for (const [rule, key, says] of refused) {
    const { error } = calendarRule.safeParse(rule)
    expect(error?.issues[0]?.path.join('.'), JSON.stringify(rule)).toBe(key)
    expect(error?.issues[0]?.message).toContain(says)
  }
})
