import { expect, test } from 'vitest'
import { atAGlance, ago, coloured, plain, short, span, until } from './look.ts'

test('times are told in their largest unit, and the future is now', () => {
  const now = new Date('2026-11-23T12:00:00Z')
  const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)
  expect([0, 59, 60, 3599, 3600, 86_399, 86_400, 400 * 86_400].map((seconds) => ago(before(seconds), now))).toEqual([
    '0s',
    '59s',
    '1m',
    '59m',
    '1h',
    '23h',
    '1d',
    '400d',
  ])
  expect(ago(before(-5), now)).toBe('0s')
  expect(until(before(-90), now)).toBe('1m')
  expect(until(before(-(4 * 3600 - 5)), now)).toBe('4h')
  expect(span(1999)).toBe('1s')
})

test('a digest or commit is shown by its first eight digits', () => {
  expect(short(`sha256:${'ab'.repeat(32)}`)).toBe('abababab')
  expect(short('0123456789')).toBe('01234567')
})

test('colours wrap a text, and nothing where there is none', () => {
  expect(coloured('red', 'x')).toBe('\u{1B}[31mx\u{1B}[0m')
  expect(coloured('red', '')).toBe('')
  expect(plain('red', 'x')).toBe('x')
})

test('of a long reason the first line is shown, with what it announces', () => {
  expect(atAGlance('it timed out', 'p1')).toBe('it timed out')
  expect(atAGlance('it ended with 1; it said:\nno such host', 'p1')).toBe('it ended with 1; it said: no such host')
  expect(atAGlance('it ended with 1; it said:\na\nb', 'p1')).toBe(
    'it ended with 1; it said: a … all of it: lockflight why p1',
  )
  expect(atAGlance('one\ntwo', 'p1')).toBe('one … all of it: lockflight why p1')
})
