import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { inZone, openingAt, type Calendar } from './calendar.ts'
import { calendarRule } from './calendar-rule.ts'
import { localTime, nextJump, offsetAt, zone } from './zone.ts'

const minute = 60_000
const rule = (given: object) => calendarRule.parse(given)
const always = { zone: 'Europe/Berlin', allow: [], deny: [] }
const opening = (calendar: Partial<Calendar>, at: string) => {
  const { open, changesAt } = openingAt({ ...always, ...calendar }, new Date(at))
  return [open, changesAt?.toISOString().replace(':00.000Z', 'Z') ?? null]
}
const workHours = rule({ rrule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', from: '09:00', to: '16:00' })

test('an allowed time opens and closes to the minute, in its zone', () => {
  const calendar = { allow: [workHours] }
  expect(opening(calendar, '2026-11-23T07:59:59.999Z')).toEqual([false, '2026-11-23T08:00Z'])
  expect(opening(calendar, '2026-11-23T08:00:00Z')).toEqual([true, '2026-11-23T15:00Z'])
  expect(opening(calendar, '2026-11-27T15:00:00Z')).toEqual([false, '2026-11-30T08:00Z'])
  expect(opening(calendar, '2026-07-24T14:00:00Z')).toEqual([false, '2026-07-27T07:00Z'])
})

test('a denied time wins over an allowed one, and it opens again where the last of them ends', () => {
  const deny = [rule({ from: '2026-11-23', to: '2026-11-24T10:00' }), rule({ from: '2026-11-24', for: '15h' })]
  expect(opening({ allow: [workHours], deny }, '2026-11-23T10:00:00Z')).toEqual([false, '2026-11-24T14:00Z'])
  expect(opening({ deny }, '2026-11-22T12:00:00Z')).toEqual([true, '2026-11-22T23:00Z'])
})

test('times go over midnight and over days', () => {
  expect(opening({ deny: [rule({ from: '22:00', to: '06:00' })] }, '2026-11-23T23:00:00Z')).toEqual([
    false,
    '2026-11-24T05:00Z',
  ])
  const weekend = rule({ rrule: 'FREQ=WEEKLY;BYDAY=FR', from: '18:00', for: '62h' })
  expect(opening({ deny: [weekend] }, '2026-11-28T12:00:00Z')).toEqual([false, '2026-11-30T07:00Z'])
  // The night in which clocks are put back has an hour more, and the clock still shows 08:00 at the end.
  expect(opening({ deny: [weekend] }, '2026-10-24T12:00:00Z')).toEqual([false, '2026-10-26T07:00Z'])
  expect(opening({ deny: [rule({ from: '2026-12-24', to: '2026-12-26' })] }, '2026-12-26T22:59:00Z')).toEqual([
    false,
    '2026-12-26T23:00Z',
  ])
})

test('A31 a time that clocks skip does not come, and one around it is shorter', () => {
  const half = (deny: object) => opening({ deny: [rule(deny)] }, '2026-03-29T00:15:00Z')
  // In the night to March 29 clocks in Berlin go from 02:00 to 03:00.
  expect(half({ from: '02:15', to: '02:45' })).toEqual([true, '2026-03-30T00:15Z'])
  expect(half({ from: '02:30', to: '03:30' })).toEqual([true, '2026-03-29T01:00Z'])
  expect(half({ from: '01:00', to: '02:30' })).toEqual([false, '2026-03-29T01:00Z'])
  expect(opening({ deny: [rule({ from: '02:30', to: '03:30' })] }, '2026-03-29T01:00:00Z')).toEqual([
    false,
    '2026-03-29T01:30Z',
  ])
})

test('A31 a time that clocks show twice comes twice', () => {
  const deny = [rule({ from: '02:15', to: '02:45' })]
  // In the night to October 25 clocks in Berlin go back from 03:00 to 02:00.
  const changes = ['2026-10-25T00:00', '00:15', '00:45', '01:15', '01:45'].map((time) =>
    time.padStart(16, '2026-10-25T'),
  )
  expect(changes.slice(0, -1).map((at) => opening({ deny }, `${at}:00Z`))).toEqual([
    [true, `${changes[1]}Z`],
    [false, `${changes[2]}Z`],
    [true, `${changes[3]}Z`],
    [false, `${changes[4]}Z`],
  ])
  // Nothing begins or ends at 02:00, and yet 02:59 is followed by a time outside.
  const late = { allow: [rule({ from: '02:30', to: '04:00' })] }
  expect(opening(late, '2026-10-25T00:45:00Z')).toEqual([true, '2026-10-25T01:00Z'])
  expect(opening(late, '2026-10-25T01:00:00Z')).toEqual([false, '2026-10-25T01:30Z'])
})

test('what does not change within a year has no moment of change', () => {
  expect(opening({ deny: [rule({ from: '00:00' })] }, '2026-11-23T12:00:00Z')).toEqual([false, null])
  expect(opening({ allow: [rule({ from: '2026-01-01' })] }, '2026-11-23T12:00:00Z')).toEqual([false, null])
  expect(opening({ deny: [rule({ from: '2026-01-01' })] }, '2026-11-23T12:00:00Z')).toEqual([true, null])
})

test('A35 it changes at exactly the first minute that a clock on the wall says so, whatever the rules', () => {
  const time = fc.integer({ min: 0, max: 95 }).map((quarter) => clock(quarter * 15))
  const recurring = fc.record(
    {
      rrule: fc.constantFrom(
        'FREQ=DAILY',
        'FREQ=WEEKLY;BYDAY=SU,TU',
        'FREQ=MONTHLY;BYDAY=-1SU',
        'FREQ=DAILY;UNTIL=20261025',
      ),
      from: time,
      for: fc.constantFrom('15m', '45m', '90m', '6h', '24h', '26h'),
    },
    { requiredKeys: ['rrule', 'from', 'for'] },
  )
  const once = fc.record({ from: time.map((each) => `2026-10-25T${each}`), for: fc.constantFrom('20m', '3h', '2d') })
  const rules = fc.array(fc.oneof(recurring, once).map(rule), { maxLength: 2 })
  const nights = fc.constantFrom(
    ['Europe/Berlin', '2026-10-24T20:00Z'],
    ['Europe/Berlin', '2026-03-28T20:00Z'],
    ['America/New_York', '2026-10-31T22:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T06:00Z'],
    ['Asia/Kathmandu', '2026-10-24T12:00Z'],
    ['UTC', '2026-10-24T20:00Z'],
  )
  fc.assert(
    fc.property(
      nights,
      rules,
      rules,
      fc.integer({ min: 0, max: 600 }),
      ([name = '', night = ''], allow, deny, late) => {
        const calendar = { zone: name, allow, deny }
        const at = Date.parse(night) + late * minute
        const { open, changesAt } = openingAt(calendar, new Date(at))
        const shown = wallClock(name)
        const says = (moment: number) => isOpenByTheClock(calendar, shown(moment))
        expect(open).toBe(says(at))
        const first = Array.from({ length: 16 * 60 }, (_, index) => at + (index + 1) * minute).find(
          (each) => says(each) !== open,
        )
        if (first === undefined) expect(changesAt?.getTime() ?? Infinity).toBeGreaterThan(at + 16 * 60 * minute)
        else expect(changesAt?.toISOString()).toBe(new Date(first).toISOString())
      },
    ),
    { numRuns: 200 },
  )
})

test('A37 the most and busiest rules are looked up in little time', () => {
  const busy = Array.from({ length: 20 }, (_, index) =>
    rule({ rrule: 'FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1,1,366', from: clock(index), for: '31d' }),
  )
  const daily = Array.from({ length: 20 }, (_, index) => rule({ from: clock(index), for: '31d' }))
  const before = process.cpuUsage()
  expect(opening({ allow: busy, deny: daily }, '2026-11-23T12:00:00Z')).toEqual([false, null])
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
})

test('zones are those of the IANA database', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
    expect(zone.safeParse(name).success, name).toBe(true)
  }
  for (const name of ['', '+02:00', 'Europe/Atlantis', 'CEST', 'Europe/Berlin ', '../etc/localtime', 'UTC\u0000']) {
    expect(zone.safeParse(name).success, name).toBe(false)
  }
})

test('a clock in a zone shows what it should, also at its jumps', () => {
  const at = Date.parse('2026-10-25T01:00:00Z')
  expect(offsetAt('Europe/Berlin', at - 1)).toBe(120 * minute)
  expect(offsetAt('Europe/Berlin', at)).toBe(60 * minute)
  expect(nextJump('Europe/Berlin', at - 5 * minute, at + 5 * minute)).toBe(at)
  expect(nextJump('Europe/Berlin', at, at + 5 * minute)).toBeNull()
  expect(new Date(localTime('Australia/Lord_Howe', at)).toISOString()).toBe('2026-10-25T12:00:00.000Z')
  expect(inZone('Europe/Berlin', new Date(at))).toBe('Sun 2026-10-25 02:00 Europe/Berlin (01:00 UTC)')
  expect(inZone('Asia/Tokyo', new Date('2026-11-23T16:30:00Z'))).toBe(
    'Tue 2026-11-24 01:30 Asia/Tokyo (2026-11-23 16:30 UTC)',
  )
  expect(inZone('UTC', new Date(at))).toBe('Sun 2026-10-25 01:00 UTC')
})

function clock(minutes: number): string {
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

/** What a clock shows, read from its face. */
function wallClock(name: string): (at: number) => string {
  const face = new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'short' })
  return (at) => face.format(at).replace(' ', 'T')
}

/** The rules as words say them: some day's time began, on the clock, at most its length ago. */
function isOpenByTheClock({ allow, deny }: Calendar, shown: string): boolean {
  const now = Date.parse(`${shown}Z`)
  const inside = ({ rrule, from, for: length = '' }: Calendar['allow'][number]) => {
    const long = Number(length.slice(0, -1)) * { m: 1, h: 60, d: 1440 }[length.slice(-1)]! * minute
    const began = from.includes('T') ? [from] : [0, 1, 2].map((ago) => `${dateOf(now - ago * 1440 * minute)}T${from}`)
    return began.some((moment) => {
      const start = Date.parse(`${moment}Z`)
      return (from.includes('T') || happensOn(rrule ?? '', moment.slice(0, 10))) && start <= now && now < start + long
    })
  }
  return (allow.length === 0 || allow.some(inside)) && !deny.some(inside)
}

function happensOn(rrule: string, date: string): boolean {
  const day = new Date(date).getUTCDay()
  if (rrule === 'FREQ=WEEKLY;BYDAY=SU,TU') return day === 0 || day === 2
  if (rrule === 'FREQ=MONTHLY;BYDAY=-1SU')
    return day === 0 && dateOf(Date.parse(date) + 7 * 1440 * minute).slice(0, 7) !== date.slice(0, 7)
  return !rrule.includes('UNTIL') || date <= '2026-10-25'
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
