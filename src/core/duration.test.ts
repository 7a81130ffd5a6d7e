import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { after, duration, durationWithin, seconds, timeLimit } from './duration.ts'

const written = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom('s', 'm', 'h', 'd', 'w'))
  .map(([count, unit]) => `${count}${unit}`)

test('every duration that is taken leads to a moment that exists and is later', () => {
  const latest = new Date('9999-01-01T00:00:00Z')
  fc.assert(
    fc.property(written, (text) => {
      if (!duration.safeParse(text).success) return
      const moment = after(latest, seconds(text))
      expect(moment.getTime()).toBeGreaterThan(latest.getTime())
      expect(moment.toISOString()).toMatch(/Z$/)
    }),
  )
})

test('the longest time limit is one that a timer can keep', () => {
  const milliseconds = seconds('24d') * 1000
  expect(timeLimit.safeParse('24d').success).toBe(true)
  expect(timeLimit.safeParse(`${milliseconds / 1000 + 1}s`).success).toBe(false)
  expect(milliseconds).toBeLessThan(2 ** 31)
})

test.each(['1s', '59s', '366d', '52w', '8784h'])('%s is a duration', (text) => {
  expect(duration.parse(text)).toBe(text)
})

test.each([
  ['0s', 'expected at least 1s and at most 366d'],
  ['367d', 'expected at least 1s and at most 366d'],
  ['999999999w', 'expected at least 1s and at most 366d'],
  ['soon', 'expected a duration such as 90s, 10m, 2h or 7d'],
  ['1000000000s', 'expected a duration such as 90s, 10m, 2h or 7d'],
  ['-1s', 'expected a duration such as 90s, 10m, 2h or 7d'],
  ['1.5h', 'expected a duration such as 90s, 10m, 2h or 7d'],
])('%s is none, and one message says why', (text, message) => {
  expect(duration.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message])
})

test('bounds belong to what they bound', () => {
  expect(durationWithin('0s', '1m').safeParse('60s').success).toBe(true)
  expect(durationWithin('0s', '1m').safeParse('61s').success).toBe(false)
})
