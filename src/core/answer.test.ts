import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAnswer } from './answer.ts'

const keys = ['release', 'url'] as const

test('an answer gives back what was written, in any order', () => {
  const value = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !text.includes('\n'))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...keys), value), (answer) => {
      const text = Object.entries(answer).map(([key, written]) => `${key}=${written}\n`)
      expect(readAnswer(text.join(''), keys)).toEqual({ ...answer })
    }),
  )
})

test('no answer is an empty one', () => {
  expect(readAnswer('', keys)).toEqual({})
})

test.each([
  ['an unknown key', 'relaese=x'],
  ['a key of every object', '__proto__=x'],
  ['text without a key', 'done'],
  ['a key said twice', 'url=a\nurl=b'],
  ['a blank before the key', ' url=a'],
  ['too much', `url=${'x'.repeat(9000)}`],
])('%s is refused', (_, text) => {
  expect(() => readAnswer(text, keys)).toThrow(/expected \$LOCKFLIGHT_ANSWER/)
})
