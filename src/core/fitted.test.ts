import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonical } from './digest.ts'
import { clipped, dataLimitBytes, fitted } from './fitted.ts'

const bytes = (value: unknown) => Buffer.byteLength(canonical(value))

test('data that fits stays exactly as it is', () => {
  const data = { reason: 'x'.repeat(50_000), links: [] }
  expect(fitted(data)).toBe(data)
})

test('data of any size fits in the end, says that it was cut, and keeps its short fields', () => {
  const sizes = fc.record({ length: fc.integer({ min: 0, max: 20_000 }), count: fc.integer({ min: 0, max: 2000 }) })
  fc.assert(
    fc.property(sizes, ({ length, count }) => {
      const reason = '\u0001é😀'.repeat(length)
      const verdicts = Array.from({ length: count }, () => ({ gate: 'quality', reason: reason.slice(0, 200) }))
      const digests = Object.fromEntries(Array.from({ length: 900 }, (_, index) => [`file-${index}`, 'a'.repeat(71)]))
      const small = fitted({ attempt: 3, release: 'sha256:1', reason, verdicts, digests })
      expect(bytes(small)).toBeLessThanOrEqual(dataLimitBytes)
      expect(small).toMatchObject({ attempt: 3, release: 'sha256:1', cut: true })
    }),
    { numRuns: 20 },
  )
})

test('a text is never cut in the middle of a character', () => {
  expect(clipped('ab😀cd', 4)).toBe('ab…')
  expect(clipped('ab😀cd', 5)).toBe('ab😀…')
  expect(clipped('abcd', 4)).toBe('abcd')
})
