import { expect, test } from 'vitest'
import { z } from 'zod'
import { problemText } from './problem-text.ts'

const gate = z.discriminatedUnion('use', [
  z.strictObject({ use: z.literal('approval'), count: z.int().min(1) }),
  z.strictObject({ use: z.literal('quality'), failed: z.number().multipleOf(2) }),
])

test.each([
  [z.string(), 3, 'expected text; found 3'],
  [z.string(), undefined, 'expected text; found nothing'],
  [z.int(), 1.5, 'expected a whole number; found 1.5'],
  [z.boolean(), 'yes', 'expected true or false; found yes'],
  [z.int(), '90', 'expected a number; found the text 90'],
  [z.array(z.string()), 'dev', 'expected a list; found dev'],
  [z.strictObject({}), [], 'expected a mapping; found a list'],
  [z.record(z.string(), z.string()), null, 'expected a mapping; found nothing'],
  [z.int().min(1), 0, 'expected at least 1; found 0'],
  [z.int().max(100), 101, 'expected at most 100; found 101'],
  [z.string().min(1), '', 'expected at least 1 character; found none'],
  [z.string().max(3), 'four', 'expected at most 3 characters; found 4'],
  [z.array(z.string()).min(2), ['a'], 'expected at least 2 items; found 1'],
  [z.string().regex(/^a$/), 'b', 'expected text that matches /^a$/; found b'],
  [z.iso.datetime(), 'today', 'expected a moment such as 2026-11-23T10:00:00Z; found today'],
  [z.enum(['auto', 'manual']), 'manuel', 'expected one of auto, manual; found manuel, did you mean manual?'],
  [z.literal('approval'), 'x', 'expected approval; found x'],
  [z.strictObject({ needs: z.string().optional() }), { need: 'a' }, 'expected needs; found need, did you mean needs?'],
  [z.strictObject({}), { a: 1, b: 1 }, 'expected no key; found a\nexpected no key; found b'],
  [gate, { use: 'aproval' }, 'expected one of approval, quality; found aproval, did you mean approval?'],
  [gate, {}, 'expected one of approval, quality; found nothing'],
  [gate, { use: 'quality', failed: 3 }, 'expected a multiple of 2; found 3'],
  [z.union([z.string(), z.array(z.string())]), 3, 'expected text or a list; found 3'],
  [z.record(z.string().regex(/^a/, 'expected an a'), z.string()), { b: '' }, 'expected an a'],
])('%#: an issue reads `expected …; found …`', (schema, value, message) => {
  expect(schema.safeParse(value, { error: problemText }).error?.issues[0]?.message).toBe(message)
})

test('what was found is shown on one short line without control characters (A29)', () => {
  const { error } = z.enum(['a']).safeParse(`\u{1b}[31m\n${'x'.repeat(200)}`, { error: problemText })
  expect(error?.issues[0]?.message).toBe(`expected a; found \u{FFFD}[31m\u{FFFD}${'x'.repeat(73)}…`)
})

test('A18 of many unknown keys each is named, and only the first are told what could have been meant', () => {
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`nedes${n}`, 1]))
  const { error } = z.strictObject({ needs: z.string().optional() }).safeParse(many, { error: problemText })
  const lines = error!.issues[0]!.message.split('\n')
  expect(lines).toHaveLength(2000)
  expect(lines[0]).toBe('expected needs; found nedes0, did you mean needs?')
  expect(lines[1999]).toBe('expected a known key; found nedes1999')
})
