import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countDeployment, nothingDelivered, noDeliveries, type CompletedDeployment } from './dora.ts'
import { fatesOf } from './fate.ts'
import { promotionClasses } from './promotion.ts'

const deployment = fc.record({
  class: fc.constantFrom(...promotionClasses),
  outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
})

test('a change that a rollback or hotfix had to follow has failed, and one that nothing followed has not', () => {
  const fates = fatesOf([
    { promotion: 'a', class: 'standard', outcome: 'succeeded' },
    { promotion: 'b', class: 'standard', outcome: 'succeeded' },
    { promotion: 'c', class: 'drill', outcome: 'succeeded' },
    { promotion: 'd', class: 'rollback', outcome: 'succeeded' },
    { promotion: 'e', class: 'standard', outcome: 'failed' },
    { promotion: 'f', class: 'standard', outcome: 'running' },
  ])
  expect(Object.fromEntries(fates)).toEqual({
    a: 'healthy',
    b: 'failed',
    c: 'healthy',
    d: 'healthy',
    e: 'failed',
    f: 'running',
  })
})

test('whatever happened, as many changes have failed as the change fail rate counts', () => {
  fc.assert(
    fc.property(fc.array(deployment, { maxLength: 30 }), (history) => {
      const sums = noDeliveries()
      let state = nothingDelivered
      for (const { class: kind, outcome } of history)
        state = countDeployment(state, completed(kind, outcome), () => sums)
      const named = history.map((each, index) => ({ ...each, promotion: `p${index}` }))
      const fates = fatesOf(named)
      const failed = named.filter(
        ({ promotion, class: kind }) => kind !== 'drill' && kind !== 'rollback' && fates.get(promotion) === 'failed',
      )
      expect(failed).toHaveLength(sums.failedChanges)
    }),
  )
})

function completed(
  kind: CompletedDeployment['data']['class'],
  outcome: CompletedDeployment['data']['outcome'],
): CompletedDeployment {
  const at = '2026-01-31T00:00:00.000Z'
  const data = {
    class: kind,
    outcome,
    release: 'r',
    previous: null,
    finishedAt: at,
    committedAt: at,
    releaseCreatedAt: at,
  }
  return { project: 'shop', environment: 'prod', data }
}
