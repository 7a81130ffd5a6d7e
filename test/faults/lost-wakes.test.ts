import { expect, test } from 'vitest'
import { lostWakes } from './lost-wakes.ts'

type Facts = Parameters<typeof lostWakes>[0]

const now = new Date('2026-11-23T10:00:00Z')
const later = new Date('2026-11-23T10:05:00Z')

/** A promotion to prod that waits for one thing, with everything in order unless changed. */
function waitingFor(condition: string, changes: Partial<Facts> = {}): Facts {
  const unmet = [{ id: condition, reason: 'because' }]
  return {
    now,
    waiting: [{ id: 'p1', environment: 'prod', release: 'r1', requested_by: 'ann', unmet, recheck_at: later }],
    environments: [{ name: 'prod', active: null, held: false }],
    wakes: [{ promotion: 'p1', state: 'created', starts: later }],
    deployments: [{ environment: 'stg', release: 'r1', outcome: 'succeeded' }],
    approvals: [],
    ...changes,
  }
}

const prod = { name: 'prod', active: null, held: false }

test('who waits for what is so, and is looked at again, waits rightly', () => {
  expect(lostWakes(waitingFor('approval'))).toEqual([])
  expect(lostWakes(waitingFor('held', { environments: [{ ...prod, held: true }] }))).toEqual([])
  expect(lostWakes(waitingFor('busy', { environments: [{ ...prod, active: 'p2' }] }))).toEqual([])
  expect(lostWakes(waitingFor('upstream', { deployments: [] }))).toEqual([])
  expect(lostWakes(waitingFor('approval', { approvals: [{ promotion: 'p1', by: 'ann' }] }))).toEqual([])
})

test.each([
  ['approval', { approvals: [{ promotion: 'p1', by: 'bob' }] }],
  ['held', {}],
  ['busy', {}],
  ['busy', { environments: [{ ...prod, active: 'p1' }] }],
  ['upstream', {}],
  ['signature', {}],
] satisfies [string, Partial<Facts>][])('who waits for %s although that is met was not woken', (condition, changes) => {
  expect(lostWakes(waitingFor(condition, changes))).toEqual([
    `promotion p1 waits for ${condition}, which is no more: because`,
  ])
})

test('who waits for nothing was not woken', () => {
  const facts = waitingFor('approval')
  expect(lostWakes({ ...facts, waiting: [{ ...facts.waiting[0]!, unmet: [] }] })).toEqual([
    'promotion p1 waits for nothing',
  ])
})

test('who is looked at again too late, or by nobody, will not be woken', () => {
  const facts = waitingFor('approval')
  const again = (recheck_at: Date | null) => lostWakes({ ...facts, waiting: [{ ...facts.waiting[0]!, recheck_at }] })
  expect(again(null)).toEqual(['promotion p1 is never looked at again'])
  expect(again(new Date(now.getTime() - 10_000))).toEqual([expect.stringContaining('was to be looked at again')])
  expect(again(new Date(now.getTime() + 60_000))).toEqual([expect.stringContaining('has no job')])
  expect(lostWakes({ ...facts, wakes: [] })).toEqual([expect.stringContaining('has no job')])
  expect(lostWakes({ ...facts, wakes: [{ promotion: 'p2', state: 'created', starts: later }] })).toHaveLength(1)
})
