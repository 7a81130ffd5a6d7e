import { expect, test } from 'vitest'
import { momentBefore } from './moment-before.ts'

const now = new Date('2026-03-01T12:00:00Z')

test('a length of time counts back from now, and a date is the start of that day in UTC', () => {
  expect(momentBefore('--since', '2d', now).toISOString()).toBe('2026-02-27T12:00:00.000Z')
  expect(momentBefore('--since', '2026-01-31', now).toISOString()).toBe('2026-01-31T00:00:00.000Z')
  expect(momentBefore('--since', '2026-01-31T08:30Z', now).toISOString()).toBe('2026-01-31T08:30:00.000Z')
})

test.each(['', 'yesterday', '90', '2026-13-01', '2026-02-30T', '-1d'])('%s is no moment', (text) => {
  expect(() => momentBefore('--since', text, now)).toThrow('after --since; found')
})
