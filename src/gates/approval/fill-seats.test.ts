import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillSeats, type Seats, type Voter } from './fill-seats.ts'

test('someone in two groups sits where nobody else can', () => {
  const both = { by: 'ann', groups: ['ops', 'security'] }
  const ops = { by: 'bob', groups: ['ops'] }
  const asked = [
    { group: 'ops', count: 1 },
    { group: 'security', count: 1 },
  ]
  for (const voters of [
    [both, ops],
    [ops, both],
  ]) {
    expect(Object.fromEntries(fillSeats(asked, voters))).toEqual({ ops: ['bob'], security: ['ann'] })
  }
})

test('as many seats are filled as in the best of all ways to sit down, and nobody sits twice', () => {
  const groups = ['a', 'b', 'c']
  const asked = fc.uniqueArray(
    fc.record({ group: fc.constantFrom(...groups), count: fc.integer({ min: 1, max: 2 }) }),
    { selector: ({ group }) => group, minLength: 1 },
  )
  const voters = fc
    .array(fc.subarray(groups), { maxLength: 5 })
    .map((all) => all.map((of, index) => ({ by: `person ${index}`, groups: of })))
  fc.assert(
    fc.property(asked, voters, (seats, people) => {
      const filled = fillSeats(seats, people)
      const seated = [...filled.values()].flat()
      expect(new Set(seated).size).toBe(seated.length)
      for (const { group, count } of seats) {
        expect(filled.get(group)!.length).toBeLessThanOrEqual(count)
        for (const by of filled.get(group)!) expect(people.find((each) => each.by === by)!.groups).toContain(group)
      }
      expect(seated.length).toBe(mostSeated(seats, people))
    }),
    { numRuns: 300 },
  )
})

/** Tries every way. */
function mostSeated(seats: Seats[], [first, ...rest]: Voter[]): number {
  if (!first) return 0
  const seated = seats
    .filter(({ group, count }) => count > 0 && first.groups.includes(group))
    .map(
      ({ group }) =>
        1 +
        mostSeated(
          seats.map((each) => (each.group === group ? { ...each, count: each.count - 1 } : each)),
          rest,
        ),
    )
  return Math.max(mostSeated(seats, rest), ...seated)
}
