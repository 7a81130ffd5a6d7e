import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addEncoded,
  addHistogram,
  bucketOf,
  encodeHistogram,
  observe,
  percentile,
  type Histogram,
} from './histogram.ts'

const durations = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 200 })
const histogramOf = (values: number[]) => {
  const histogram: Histogram = new Map()
  for (const value of values) observe(histogram, value)
  return histogram
}

test('a duration is exact up to two minutes and within 0.8 % above, and keeping it twice changes nothing', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seconds) => {
      const kept = bucketOf(seconds)
      expect(Math.abs(kept - seconds)).toBeLessThanOrEqual(seconds < 128 ? 0 : seconds * 0.008)
      expect(bucketOf(kept)).toBe(kept)
    }),
  )
  expect(bucketOf(-5)).toBe(0)
  expect(bucketOf(1e12)).toBe(2 ** 31)
})

test('a percentile is the one of the sorted durations, half-way between two where as many lie on both sides', () => {
  fc.assert(
    fc.property(durations, fc.constantFrom(50, 90, 100), (values, percent) => {
      const sorted = values.map(bucketOf).sort((a, b) => a - b)
      const isBetween = (values.length * percent) % 100 === 0 && percent < 100
      const nearest = Math.ceil((values.length * percent) / 100) - 1
      const expected = isBetween ? (sorted[nearest]! + sorted[nearest + 1]!) / 2 : sorted[nearest]
      expect(percentile(histogramOf(values), percent)).toBe(expected)
    }),
  )
  expect(percentile(new Map(), 50)).toBeNull()
})

test.each([
  { values: [10, 20], median: 15, p90: 20 },
  { values: [7], median: 7, p90: 7 },
  { values: [30, 10, 20], median: 20, p90: 30 },
  { values: [10, 10, 10, 90], median: 10, p90: 90 },
])('the median of $values is $median', ({ values, median, p90 }) => {
  expect([percentile(histogramOf(values), 50), percentile(histogramOf(values), 90)]).toEqual([median, p90])
})

test('what is added or kept as bytes is the same as all observed at once', () => {
  fc.assert(
    fc.property(durations, durations, (one, other) => {
      const sum = histogramOf(one)
      addHistogram(sum, histogramOf(other))
      const kept: Histogram = new Map()
      addEncoded(kept, encodeHistogram(histogramOf(one)))
      addEncoded(kept, encodeHistogram(histogramOf(other)))
      const whole = histogramOf([...one, ...other])
      expect(sum).toEqual(whole)
      expect(kept).toEqual(whole)
    }),
  )
})
