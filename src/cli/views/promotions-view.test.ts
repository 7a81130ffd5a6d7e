import { expect, test } from 'vitest'
import { endedText, type Ended } from './promotions-view.ts'

const now = new Date('2026-11-23T12:00:00Z')
const ended = (changes: Partial<Ended>) =>
  endedText({ id: 'p7', reason: '', finishedAt: new Date('2026-11-23T10:00:00Z'), ...changes } as Ended, now)

test('how a promotion ended reads as one line', () => {
  expect(ended({ state: 'expired', reason: 'it waited longer than 1d' })).toBe(
    'expired 2h ago: it waited longer than 1d',
  )
  expect(ended({ state: 'rejected', reason: 'ben@local rejected it: not today' })).toBe(
    'was rejected 2h ago: ben@local rejected it: not today',
  )
  expect(ended({ state: 'succeeded' })).toBe('succeeded 2h ago')
  expect(ended({ state: 'failed', reason: 'no\nroom' })).toBe('failed 2h ago: no … all of it: lockflight why p7')
})
