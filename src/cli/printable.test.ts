import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableDeep, printableJson } from './printable.ts'

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const steering = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

test('A27 colours, links, titles and cursor moves in someone’s text are gone, the words stay', () => {
  expect(printable('\u{1B}[31mred\u{1B}[0m')).toBe('red')
  expect(printable('\u{1B}]8;;https://evil.example\u{7}click\u{1B}]8;;\u{7}')).toBe('click')
  expect(printable('\u{1B}]0;title\u{7}text')).toBe('text')
  expect(printable('a\rb\bc\u{7F}\u{9B}2J\u{202E}d\u{2066}')).not.toMatch(steering)
  expect(printable('one\r\ntwo\tthree')).toBe('one\ntwo\tthree')
})

test('ordinary text of any language is left as it is', () => {
  for (const text of ['naïve', 'Ελλάδα', '日本語 ✓', '👩‍🚀', 'tab\tand\nline']) expect(printable(text)).toBe(text)
})

test('A27 nothing printable gives can steer a terminal, whatever came in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(steering)
    }),
  )
})

test('A27 keys and values are made printable at every depth, and Dates stay Dates', () => {
  const at = new Date(0)
  expect(printableDeep({ 'a\u{1B}[1m': ['x\u{7}', { b: 'y\u{202E}' }], at, n: null, count: 3 })).toEqual({
    a: ['x', { b: 'y' }],
    at,
    n: null,
    count: 3,
  })
})

test('A27 JSON keeps the value and escapes what could steer', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const whole = { value, text }
      const json = printableJson(whole)
      expect(json).not.toMatch(steering)
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(whole)))
    }),
  )
})
