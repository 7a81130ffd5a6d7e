import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetState, pyrraBurnLimits, slothBurnLimits, windowsOf, type Shares } from './error-budget.ts'

const [hour, day] = [3600, 86_400]
const promise = { objective: 0.999, windowSeconds: 30 * day }
const limits = slothBurnLimits(promise.windowSeconds)
const windows = windowsOf(promise, limits)
const even = (share: number) => new Map(windows.map((window) => [window, share]))
const state = (shares: Shares, above = 0) => budgetState(promise, { above, limits }, shares)

test('the burn limits are those of Sloth and of Pyrra', () => {
  expect(limits.map(({ longSeconds, shortSeconds, above }) => [longSeconds / hour, shortSeconds / 60, above])).toEqual([
    [1, 5, 14.4],
    [6, 30, 6],
    [24, 120, 3],
    [72, 360, 1],
  ])
  expect(slothBurnLimits(28 * day).map(({ above }) => above)).toEqual([13.44, 5.6, 2.8, 0.933333])
  expect(slothBurnLimits(day).map(({ longSeconds }) => longSeconds)).toEqual([hour, 6 * hour])
  expect(pyrraBurnLimits(28 * day).map((limit) => Object.values(limit))).toEqual([
    [hour, 300, 14],
    [6 * hour, 1800, 7],
    [day, 2 * hour, 2],
    [4 * day, 6 * hour, 1],
  ])
  expect(pyrraBurnLimits(30 * day)[0]).toEqual({ longSeconds: 3840, shortSeconds: 300, above: 14 })
})

test('nothing failed: all of the budget is left', () => {
  expect(state(even(0))).toMatchObject({ remaining: 1, spent: false, fine: true, fineAfterSeconds: 0 })
})

test('half of the budget is spent when half of what may fail did', () => {
  const { remaining, burns, fine } = state(even(0.0005))
  expect(remaining).toBeCloseTo(0.5)
  expect(burns.every(({ longRate }) => Math.abs(longRate - 0.5) < 1e-9)).toBe(true)
  expect(fine).toBe(true)
})

test('a spent budget is fine again when enough of what failed has left the window', () => {
  // All of it 20 days ago or earlier: 0.002 of 30 days, evenly over the oldest 27 days.
  const shares = new Map([...even(0), [30 * day, 0.002]])
  const { spent, burns, fineAfterSeconds } = state(shares)
  expect({ spent, tooFast: burns.some(({ tooFast }) => tooFast) }).toEqual({ spent: true, tooFast: false })
  expect(fineAfterSeconds! / day).toBeCloseTo(13.5, 2)
})

test('a burn is too fast only when both windows say so, and is over when the short one is', () => {
  const burning = new Map([...even(0.0001), [hour, 0.02], [300, 0.02]])
  expect(state(burning)).toMatchObject({ spent: false, fine: false })
  const { fineAfterSeconds } = state(burning)
  expect(fineAfterSeconds).toBeGreaterThan(60)
  expect(fineAfterSeconds).toBeLessThanOrEqual(301)
  expect(state(new Map([...burning, [300, 0.0001]]))).toMatchObject({ fine: true })
  expect(state(new Map([...burning, [hour, 0.0001]]))).toMatchObject({ fine: true })
})

test('more than the given share must be left, and exactly that share is not more', () => {
  const quarter = budgetState(
    { objective: 0.5, windowSeconds: day },
    { above: 0.5, limits: [] },
    new Map([[day, 0.25]]),
  )
  expect(quarter).toMatchObject({ remaining: 0.5, spent: true })
  const none = budgetState({ objective: 0.5, windowSeconds: day }, { above: 0, limits: [] }, new Map([[day, 0.5]]))
  expect(none).toMatchObject({ remaining: 0, spent: true })
  expect(state(even(0.0001), 1)).toMatchObject({ spent: true, fineAfterSeconds: null })
})

test('a missing window is no number', () => {
  expect(() => state(new Map([[day, 0]]))).toThrow('no share of bad events over')
  expect(state(even(Number.NaN))).toMatchObject({ spent: true, fine: false })
})

const share = fc.double({ min: 0, max: 1, noNaN: true })
const anyShares = fc
  .tuple(...windows.map(() => share))
  .map((values) => new Map(windows.map((window, index) => [window, values[index] ?? 0])))

test('more errors never pass where fewer failed, and never leave more of the budget', () => {
  fc.assert(
    fc.property(
      anyShares,
      fc.array(share, { minLength: windows.length, maxLength: windows.length }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (fewer, extra, above) => {
        const more = new Map(
          [...fewer].map(([window, value], index) => [window, Math.min(1, value + (extra[index] ?? 0))]),
        )
        const [before, after] = [state(fewer, above), state(more, above)]
        expect(after.remaining).toBeLessThanOrEqual(before.remaining)
        expect(before.fine || !after.fine).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})

test('a stricter policy never passes where a laxer one failed', () => {
  fc.assert(
    fc.property(anyShares, share, share, (shares, one, other) => {
      const [lax, strict] = [Math.min(one, other), Math.max(one, other)]
      expect(state(shares, lax).fine || !state(shares, strict).fine).toBe(true)
      const lower = { ...promise, objective: 0.99 }
      const laxer = budgetState(lower, { above: lax, limits }, shares)
      expect(laxer.fine || !budgetState(promise, { above: lax, limits }, shares).fine).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('the predicted time is right when nothing fails any more: fine then, and not much earlier', () => {
  const rates = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.05, noNaN: true })), {
    minLength: windows.length,
    maxLength: windows.length,
  })
  fc.assert(
    fc.property(rates, (rate) => {
      /** Bad events of the last so many seconds, after `passed` seconds without any. */
      const badIn = (length: number, passed: number) =>
        windows.reduce((sum, end, index) => {
          const start = index === 0 ? 0 : (windows[index - 1] ?? 0)
          const seen = Math.min(end, Math.max(start, length - passed)) - start
          return sum + seen * (rate[index] ?? 0)
        }, 0)
      const sharesAfter = (passed: number) => new Map(windows.map((window) => [window, badIn(window, passed) / window]))
      const now = state(sharesAfter(0))
      const wait = now.fineAfterSeconds
      expect(wait).not.toBeNull()
      expect(now.fine).toBe(wait === 0)
      expect(state(sharesAfter(wait!)).fine).toBe(true)
      if (wait! > 10) expect(state(sharesAfter(wait! - 5)).fine).toBe(false)
    }),
    { numRuns: 300 },
  )
})
