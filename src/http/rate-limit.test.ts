import { expect, test } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

test('what is there at once can be spent at once, then it comes back at its rate', () => {
  let now = 0
  const limit = createRateLimit({ perSecond: 2, atOnce: 3 }, () => now)
  const spend = (count: number) => {
    let spent = 0
    for (; spent < count && limit.has('ana'); spent++) limit.spend('ana')
    return spent
  }
  expect(spend(10)).toBe(3)
  now = 400
  expect(spend(10)).toBe(0)
  now = 1000
  expect(spend(10)).toBe(2)
  now = 1_000_000
  expect(spend(10)).toBe(3)
})

test('one key’s spending is not another’s', () => {
  const limit = createRateLimit({ perSecond: 1, atOnce: 1 }, () => 0)
  limit.spend('ana')
  expect([limit.has('ana'), limit.has('ben')]).toEqual([false, true])
})

test('a flood of keys does not grow without bound, and forgetting only forgives', () => {
  const limit = createRateLimit({ perSecond: 0, atOnce: 1 }, () => 0)
  for (let key = 0; key <= 10_000; key++) limit.spend(String(key))
  expect(limit.has('0')).toBe(true)
  expect(limit.has('1')).toBe(false)
})
