import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from './digest.ts'
import { countDeployment, nothingDelivered, noDeliveries, type CompletedDeployment } from './dora.ts'
import { fatesOf } from './fate.ts'
import { promotionClasses } from './promotion.ts'

const releases = ['a', 'b', 'c'].map((digit): Digest => `sha256:${digit.repeat(64)}`)
const [one, two, three] = releases as [Digest, Digest, Digest]

const deployment = fc.record({
  class: fc.constantFrom(...promotionClasses),
  outcome: fc.constantFrom('succeeded' as const, 'failed' as const),
  release: fc.constantFrom(...releases),
  previous: fc.constantFrom(...releases, null),
})

test('a change that a rollback or hotfix had to follow has failed, and one that nothing followed has not', () => {
  const fates = fatesOf([
    { promotion: 'a', class: 'standard', outcome: 'succeeded', release: one, previous: null },
    { promotion: 'b', class: 'standard', outcome: 'succeeded', release: two, previous: one },
    { promotion: 'c', class: 'drill', outcome: 'succeeded', release: two, previous: one },
    { promotion: 'd', class: 'rollback', outcome: 'succeeded', release: one, previous: two },
    { promotion: 'e', class: 'standard', outcome: 'failed', release: three, previous: one },
    { promotion: 'f', class: 'standard', outcome: 'running', release: three, previous: one },
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

test('a rollback makes the release it leaves a failed one, also when another change came after it', () => {
  const fates = fatesOf([
    { promotion: 'a', class: 'standard', outcome: 'succeeded', release: one, previous: null },
    { promotion: 'b', class: 'standard', outcome: 'succeeded', release: two, previous: one },
    { promotion: 'c', class: 'standard', outcome: 'failed', release: three, previous: two },
    { promotion: 'd', class: 'rollback', outcome: 'succeeded', release: two, previous: two },
    { promotion: 'e', class: 'rollback', outcome: 'succeeded', release: one, previous: two },
  ])
  expect(Object.fromEntries(fates)).toEqual({ a: 'healthy', b: 'failed', c: 'failed', d: 'healthy', e: 'healthy' })
})

test('whatever happened, as many changes have failed as the change fail rate counts', () => {
  fc.assert(
    fc.property(fc.array(deployment, { maxLength: 30 }), (history) => {
      const sums = noDeliveries()
      const books = { sumsOf: () => sums, changes: new Map() }
      let state = nothingDelivered
      for (const each of history) state = countDeployment(state, completed(each), books)
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
  data: Pick<CompletedDeployment['data'], 'class' | 'outcome' | 'release' | 'previous'>,
): CompletedDeployment {
  const at = '2026-01-31T00:00:00.000Z'
  return {
    project: 'shop',
    environment: 'prod',
    data: { ...data, finishedAt: at, committedAt: at, releaseCreatedAt: at },
  }
}
