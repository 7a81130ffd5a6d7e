import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAddCheckpoint, readKnownSize, writeAddCheckpoint } from './add-checkpoint.ts'

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

test('what is written is what is read', () => {
  const request = fc.record({
    oldSize: fc.maxSafeNat(),
    proof: fc.array(hash, { maxLength: 63 }),
    note: fc.string(),
  })
  fc.assert(
    fc.property(request, (given) => {
      expect(readAddCheckpoint(writeAddCheckpoint(given))).toEqual(given)
    }),
    { numRuns: 200 },
  )
})

const one = Buffer.alloc(32, 1).toString('base64')

test.each([
  ['nothing', ''],
  ['no empty line', 'old 1\nnote'],
  ['no size', `${one}\n\nnote`],
  ['a leading zero', 'old 01\n\nnote'],
  ['a sign', 'old +1\n\nnote'],
  ['a size no number can hold', 'old 9007199254740993\n\nnote'],
  ['a blank more', 'old 1 \n\nnote'],
  ['a carriage return', 'old 1\r\n\r\nnote'],
  ['a short hash', 'old 1\nAAAA\n\nnote'],
  ['a hash spelt otherwise', `old 1\n${one.replace(/=$/, '')}\n\nnote`],
  ['64 hashes', `old 1\n${`${one}\n`.repeat(64)}\nnote`],
])('A15 a request with %s is none', (_, body) => expect(readAddCheckpoint(body)).toBeNull())

test('a known size is a line with a number and nothing else', () => {
  expect(readKnownSize('0\n')).toBe(0)
  expect(readKnownSize('5120\n')).toBe(5120)
  for (const wrong of ['', '5', '05\n', '5\n\n', '-1\n', '1e3\n', '99999999999999999\n'])
    expect(readKnownSize(wrong)).toBeNull()
})
