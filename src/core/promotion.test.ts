import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFinal, move, promotionStates, type Promotion, type PromotionState } from './promotion.ts'

const at = new Date('2026-01-01T00:00:00Z')

function promotionIn(state: PromotionState): Promotion {
  return {
    id: 'p1',
    project: 'shop',
    environment: 'prod',
    release: `sha256:${'a'.repeat(64)}`,
    class: 'standard',
    state,
    reason: '',
    requestReason: '',
    requestedBy: 'ana@local',
    requestedAt: at,
    expiresAt: at,
    attempt: 0,
    unmet: [],
    recheckAt: null,
    finishedAt: null,
    version: 1,
  }
}

/** The graph as architecture.md draws it, written down a second time on purpose. */
const drawn: [PromotionState, PromotionState][] = [
  ['waiting', 'deploying'],
  ['waiting', 'rejected'],
  ['waiting', 'cancelled'],
  ['waiting', 'superseded'],
  ['waiting', 'expired'],
  ['deploying', 'verifying'],
  ['deploying', 'failed'],
  ['verifying', 'succeeded'],
  ['verifying', 'failed'],
]

test('a promotion moves along the drawn graph and nowhere else (I03)', () => {
  const state = fc.constantFrom(...promotionStates)
  fc.assert(
    fc.property(state, state, (from, to) => {
      const allowed = drawn.some(([a, b]) => a === from && b === to)
      if (allowed) expect(move(promotionIn(from), to, 'why', at)).toMatchObject({ state: to, reason: 'why' })
      else expect(() => move(promotionIn(from), to, '', at)).toThrow(`promotion p1 is ${from} and cannot become ${to}`)
    }),
  )
})

test('whatever is tried, a promotion ends once and keeps the moment of its end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...promotionStates), { maxLength: 30 }), (wishes) => {
      let promotion = promotionIn('waiting')
      let ends = 0
      for (const [index, wish] of wishes.entries()) {
        const moment = new Date(at.getTime() + index)
        try {
          promotion = move(promotion, wish, '', moment)
        } catch {
          continue
        }
        if (isFinal(promotion.state)) ends++
        expect(promotion.finishedAt).toEqual(isFinal(promotion.state) ? moment : null)
      }
      expect(ends).toBeLessThanOrEqual(1)
    }),
  )
})
