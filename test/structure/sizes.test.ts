import { expect, test } from 'vitest'
import { medianLines, tooLong } from './sizes.ts'
import { allSources, source } from './source.ts'

const ofLength = (lines: number) => source(`src/core/n${lines}.ts`, '\n'.repeat(lines - 1) + 'export {}\n')

test('no file is longer than 400 lines', () => {
  expect(tooLong(allSources(), 400)).toEqual([])
})

test('half of the files have at most 80 lines', () => {
  expect(medianLines(allSources())).toBeLessThanOrEqual(80)
})

test('a file of 401 lines is found, one of 400 is not', () => {
  expect(tooLong([ofLength(400), ofLength(401)], 400)).toEqual(['src/core/n401.ts: 401 lines, at most 400'])
})

test('the median is the length of the file in the middle', () => {
  expect(medianLines([ofLength(10), ofLength(300), ofLength(90)])).toBe(90)
})
