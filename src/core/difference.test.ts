import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { difference } from './difference.ts'

test('a changed setting is told by the name of its gate, wherever the gate stands', () => {
  const before = { environments: { prod: { gates: [{ use: 'approval', count: 1 }, { use: 'quality' }] } } }
  const after = {
    environments: { prod: { gates: [{ use: 'soak' }, { use: 'approval', count: 2 }, { use: 'quality' }] } },
  }
  expect(difference(before, after)).toEqual([
    { path: 'environments.prod.gates[soak]', after: { use: 'soak' } },
    { path: 'environments.prod.gates[approval].count', before: 1, after: 2 },
  ])
})

test('an id wins over use, and items that share a name are told by position', () => {
  expect(difference([{ id: 'two', use: 'approval', n: 1 }], [{ id: 'two', use: 'approval', n: 2 }])).toEqual([
    { path: '[two].n', before: 1, after: 2 },
  ])
  expect(difference(['a', 'b'], ['a', 'c'])).toEqual([{ path: '[1]', before: 'b', after: 'c' }])
})

test('items that only changed places are told as a new order', () => {
  expect(difference({ gates: [{ use: 'a' }, { use: 'b' }] }, { gates: [{ use: 'b' }, { use: 'a' }] })).toEqual([
    { path: 'gates', before: ['a', 'b'], after: ['b', 'a'] },
  ])
})

test('what was added, removed, or became another kind of thing is told whole', () => {
  expect(difference(undefined, { a: 1 })).toEqual([{ path: '', after: { a: 1 } }])
  expect(difference({ a: [1], b: 2 }, { a: { x: 1 } })).toEqual([
    { path: 'a', before: [1], after: { x: 1 } },
    { path: 'b', before: 2 },
  ])
})

test('two values differ exactly when a difference is told, in both directions', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
      const same = JSON.stringify(sorted(left)) === JSON.stringify(sorted(right))
      expect(difference(left, right).length === 0).toBe(same)
      expect(difference(right, left).length === 0).toBe(same)
      expect(difference(left, structuredClone(left))).toEqual([])
    }),
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
  const entries = Object.entries(value).map(([key, inside]) => [key, sorted(inside)] as const)
  return { object: entries.toSorted(([a], [b]) => (a < b ? -1 : 1)) }
}
