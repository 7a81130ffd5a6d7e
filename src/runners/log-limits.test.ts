import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLogCutter } from './log-limits.ts'

const large = { line: 1000, total: 1_000_000 }

test('a line that is too long is cut, and the log says how much is missing', () => {
  const cutter = createLogCutter({ ...large, line: 5 })
  expect(cutter.push('12345\n1234567\nab')).toBe('12345\n12345 … [2 more characters in this line were cut]\nab')
  expect(cutter.push('cdefg')).toBe('cde')
  expect(cutter.endLine()).toBe(' … [2 more characters in this line were cut]')
  expect(cutter.push('new')).toBe('new')
})

test('a log that is too long ends with the reason, and nothing follows', () => {
  const cutter = createLogCutter({ ...large, total: 10 })
  expect(cutter.push('1234567')).toBe('1234567')
  expect(cutter.push('890ABC')).toBe('890\n[the log is cut here, after 10 characters; the job goes on]\n')
  expect(cutter.push('more') + cutter.endLine()).toBe('')
})

test('no cut leaves half of a character', () => {
  const cutter = createLogCutter({ line: 3, total: 1000 })
  expect(cutter.push('ab😀c\n')).toBe('ab … [3 more characters in this line were cut]\n')
})

test('within the limits the text is unchanged, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '😀'), maxLength: 40 })), (pieces) => {
      const cutter = createLogCutter(large)
      expect(pieces.map((piece) => cutter.push(piece)).join('') + cutter.endLine()).toBe(pieces.join(''))
    }),
  )
})
