import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readAnswer } from './answer.ts'

const shape = z.strictObject({
  url: z
    .string()
    .regex(/^https:/, 'expected an https address')
    .optional(),
  weight: z.int().min(0).max(100).optional(),
})

test('an answer gives back what was written, in any order and with any blanks', () => {
  const answers = fc.record({ url: fc.webUrl({ validSchemes: ['https'] }), weight: fc.nat(100) }, { requiredKeys: [] })
  fc.assert(
    fc.property(answers, fc.boolean(), fc.constantFrom(0, 2), (answer, turned, indent) => {
      const entries = Object.entries(answer)
      const text = JSON.stringify(Object.fromEntries(turned ? entries.toReversed() : entries), null, indent)
      expect(readAnswer(`${text}\n`, shape)).toEqual({ ...answer })
    }),
  )
})

test('no answer is an empty one, unless something must be answered', () => {
  expect(readAnswer('', shape)).toEqual({})
  expect(readAnswer(' \n', shape)).toEqual({})
  expect(() => readAnswer('', z.strictObject({ weight: z.int() }))).toThrow('weight: expected a number; found nothing')
})

test.each([
  ['an unknown key', '{"ulr": "https://a"}', 'expected one of url, weight; found ulr, did you mean url?'],
  ['a value of the wrong kind', '{"weight": "90"}', 'weight: expected a number; found the text 90'],
  ['a value that does not fit', '{"url": "ftp://a"}', 'url: expected an https address; found ftp://a'],
  ['no object', '[1]', 'expected a mapping; found a list'],
  ['no JSON', 'url=https://a', 'line 1, column 1: expected a value, found "url=https://a"'],
  ['two documents', '{} {}', 'line 1, column 4: expected the end'],
  ['too much', `{"url": "${'x'.repeat(70_000)}"}`, 'expected at most 65536 bytes of JSON'],
])('%s is refused, and the message says what was expected', (_, text, message) => {
  expect(() => readAnswer(text, shape)).toThrow(
    `what the script wrote to $LOCKFLIGHT_ANSWER cannot be read: ${message}`,
  )
})

test.each(['{"url":"https://a","url":"https://b"}', '{"__proto__":{}}', '{"weight":1e999}', '{"url":"\\ud800"}'])(
  'A15 %s is refused',
  (text) => {
    expect(() => readAnswer(text, shape)).toThrow(/LOCKFLIGHT_ANSWER cannot be read: line 1/)
  },
)
