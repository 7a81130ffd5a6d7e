import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { commonLines, countLines, lineRangesText, readLineRanges, unitedLines, type LineRanges } from './line-ranges.ts'

const lines = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 40 })
const rangesOf = (numbers: number[]): LineRanges => unitedLines(numbers.map((line) => [line, line]))
const numbersIn = (ranges: LineRanges) =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
const sorted = (numbers: number[]) => numbers.toSorted((a, b) => a - b)

test('lines are the same after they were written and read, and are counted', () => {
  fc.assert(
    fc.property(lines, (numbers) => {
      const ranges = rangesOf(numbers)
      expect(readLineRanges(lineRangesText(ranges))).toEqual(ranges)
      expect(numbersIn(ranges)).toEqual(sorted(numbers))
      expect(countLines(ranges)).toBe(numbers.length)
    }),
  )
})

test('common lines are those in both, and united ones those in either', () => {
  fc.assert(
    fc.property(lines, lines, (one, other) => {
      const [a, b] = [rangesOf(one), rangesOf(other)]
      expect(numbersIn(commonLines(a, b))).toEqual(sorted(one.filter((line) => other.includes(line))))
      expect(numbersIn(unitedLines([...a, ...b]))).toEqual(sorted([...new Set([...one, ...other])]))
    }),
  )
})

test('what is no range is not read', () => {
  for (const text of ['7-3', 'a', '1,,2', '-1', '1-', ' 1', '1.5', '9999999999']) {
    expect(() => readLineRanges(text), text).toThrow('expected line ranges')
  }
})
