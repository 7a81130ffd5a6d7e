import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ago, approvalBy, release, subject, worldOf } from '../../test/rig/gate-world.ts'
import { digestOf } from '../core/digest.ts'
import { gatesOf } from '../core/evaluate.ts'
import type { StandingApproval, Subject } from '../core/gate.ts'
import type { PromotionClass } from '../core/promotion.ts'
import { approval } from './approval.ts'
import { gates } from './index.ts'

async function judged(
  approvals: StandingApproval[],
  settings: object = {},
  about: Subject = subject,
  groups?: Record<string, string[]>,
) {
  const config = approval.config.parse(settings)
  const world = worldOf({ approvals, ...(groups ? { groups } : {}) })
  const evidence = approval.evidence.parse(await approval.observe(config, about, world))
  return approval.judge(config, evidence, about)
}
const [bob, dan] = [approvalBy('bob@idp'), approvalBy('dan@idp')]

test('enough people open it, too few wait, and the verdict says who is missing', async () => {
  expect(await judged([bob, dan], { count: 2 })).toMatchObject({
    outcome: 'pass',
    reason: 'approved by bob@idp, dan@idp',
  })
  expect(await judged([bob], { count: 2, group: 'releasers' })).toMatchObject({
    outcome: 'wait',
    reason: '1 of 2 approvals',
    expected: '2 of releasers',
    observed: '1: bob@idp',
    unblock: '1 of releasers, not alice@idp (who asked): lockflight approve p1',
  })
})

test('a group with too few people in it is named, as no answer would help', async () => {
  const unblockOf = async (settings: { count: number; group: string }) =>
    (await judged([], settings, subject, { releasers: ['bob@idp'] })).unblock
  expect(await unblockOf({ count: 1, group: 'ghosts' })).toBe(
    'first more people in ghosts, as nobody is in it: lockflight groups join ghosts <who>; ' +
      'then 1 of ghosts, not alice@idp (who asked): lockflight approve p1',
  )
  expect(await unblockOf({ count: 2, group: 'releasers' })).toMatch(
    /^first more people in releasers, as it has only 1:/,
  )
  expect(await unblockOf({ count: 1, group: 'releasers' })).toMatch(/^1 of releasers/)
})

test('A01 who asked does not count, and neither does the author where the policy says so', async () => {
  expect(await judged([approvalBy('alice@idp')])).toMatchObject({
    outcome: 'wait',
    reason: '0 of 1 approvals; alice@idp does not count: asked for this promotion',
  })
  const byAuthor = [approvalBy('carol@idp')]
  expect(await judged(byAuthor)).toMatchObject({ outcome: 'pass' })
  expect(await judged(byAuthor, { exclude: ['requester', 'author'] })).toMatchObject({
    outcome: 'wait',
    reason: expect.stringContaining('carol@idp does not count: wrote the commit'),
    unblock: expect.stringContaining('not alice@idp (who asked) or carol@idp (the author)'),
  })
  expect(await judged([approvalBy('alice@idp')], { exclude: [] })).toMatchObject({ outcome: 'pass' })
})

test('A03 A04 A05 a yes to anything but exactly this counts for nothing', async () => {
  const elsewhere: Partial<Subject>[] = [
    { project: 'other' },
    { environment: 'stg' },
    { policy: digestOf('policy 2') },
    { promotion: { ...subject.promotion, id: 'p2' } },
    { promotion: { ...subject.promotion, attempt: 1 } },
    { release: { ...release, digest: digestOf('other') } },
    { release: { ...release, artifacts: release.artifacts.slice(1) } },
  ]
  for (const change of elsewhere) {
    expect(await judged([bob], {}, { ...subject, ...change }), JSON.stringify(change)).toMatchObject({
      outcome: 'wait',
      reason: expect.stringContaining('answered to something else'),
    })
  }
  const borrowed = { ...bob, by: 'dan@idp' }
  expect(await judged([borrowed])).toMatchObject({ reason: expect.stringContaining('answered to something else') })
  const longer = { ...bob, expiresAt: ago(-999_999) }
  expect(await judged([longer])).toMatchObject({ reason: expect.stringContaining('answered to something else') })
})

test('A06 who may not approve any more, or left the group, does not count', async () => {
  expect(await judged([approvalBy('bob@idp', { mayApprove: false })])).toMatchObject({
    outcome: 'wait',
    reason: expect.stringContaining('bob@idp does not count: may not approve here now'),
  })
  const outside = [approvalBy('bob@idp', { inGroup: false })]
  expect(await judged(outside, { group: 'releasers' })).toMatchObject({
    reason: expect.stringContaining('is not in releasers'),
  })
  expect(await judged(outside)).toMatchObject({ outcome: 'pass' })
})

test('A07 however often one person approves, it counts once', async () => {
  const many = Array.from({ length: 50 }, (_, index) =>
    approvalBy('bob@idp', { id: `a${index}`, at: ago(100 - index) }),
  )
  expect(await judged(many, { count: 2 })).toMatchObject({ outcome: 'wait', observed: '1: bob@idp' })
})

test('A08 someone of the same name from elsewhere is someone else', async () => {
  expect(await judged([approvalBy('alice@other-idp')])).toMatchObject({ outcome: 'pass' })
  expect(await judged([approvalBy('Alice@idp')], { count: 2 })).toMatchObject({
    outcome: 'wait',
    observed: '1: Alice@idp',
  })
})

test('an approval ends at its expiry, and after the time the policy gives it', async () => {
  expect(await judged([approvalBy('bob@idp', { expiresAt: ago(0) })])).toMatchObject({
    outcome: 'wait',
    reason: expect.stringContaining('the answer expired'),
  })
  const old = [approvalBy('bob@idp', { at: ago(3600) })]
  expect(await judged(old, { expires: '61m' })).toMatchObject({ outcome: 'pass' })
  expect(await judged(old, { expires: '1h' })).toMatchObject({
    reason: expect.stringContaining('approved more than 1h ago'),
  })
})

test('a pass says until when enough of its approvals count', async () => {
  const hours = [1, 3, 2].map((count, index) =>
    approvalBy(`p${index}@idp`, { at: ago(60), expiresAt: ago(-3600 * count) }),
  )
  const until = async (settings: object) => (await judged(hours, settings)).until
  expect(await until({ count: 1 })).toBe(ago(-3 * 3600).toISOString())
  expect(await until({ count: 2 })).toBe(ago(-2 * 3600).toISOString())
  expect(await until({ count: 3 })).toBe(ago(-3600).toISOString())
  expect(await until({ count: 2, expires: '31m' })).toBe(ago(-1800).toISOString())
})

test('where a reason is required, a silent yes does not count', async () => {
  const silent = [approvalBy('bob@idp', { reason: ' ' })]
  expect(await judged(silent)).toMatchObject({ outcome: 'pass' })
  expect(await judged(silent, { 'reason-required': true })).toMatchObject({
    reason: expect.stringContaining('gave no reason'),
  })
})

test('one no is final, whoever else said yes', async () => {
  const no = approvalBy('eve@idp', { decision: 'reject', reason: 'not on a Friday', inGroup: false })
  expect(await judged([bob, dan, no], { count: 2, group: 'releasers' })).toMatchObject({
    outcome: 'fail',
    final: true,
    reason: 'eve@idp rejected it: not on a Friday',
  })
})

test('a no that means nothing any more does not reject, nor does one taken back', async () => {
  const refuse = (given: Partial<StandingApproval>) => approvalBy('eve@idp', { decision: 'reject', ...given })
  for (const given of [{ mayApprove: false }, { expiresAt: ago(1) }, { binds: digestOf('else') }]) {
    expect(await judged([refuse(given), bob]), JSON.stringify(given)).toMatchObject({ outcome: 'pass' })
  }
  expect(await judged([refuse({ at: ago(100) }), approvalBy('eve@idp', { at: ago(50) })])).toMatchObject({
    outcome: 'pass',
  })
  for (const at of [ago(50), ago(100)]) {
    expect(await judged([refuse({ at }), approvalBy('eve@idp', { at: ago(100) }), bob])).toMatchObject({
      outcome: 'fail',
    })
  }
})

test('it passes exactly when enough different people said a yes that holds', async () => {
  const people = ['alice@idp', 'bob@idp', 'carol@idp', 'dan@idp', 'eve@idp']
  const answer = fc.record({
    by: fc.constantFrom(...people),
    mayApprove: fc.boolean(),
    inGroup: fc.boolean(),
    holds: fc.boolean(),
    late: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(answer, { selector: ({ by }) => by }),
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      fc.subarray<'requester' | 'author'>(['requester', 'author']),
      async (answers, count, grouped, exclude) => {
        const approvals = answers.map(({ by, mayApprove, inGroup, holds, late }) =>
          approvalBy(by, {
            mayApprove,
            inGroup,
            ...(late ? { expiresAt: ago(1) } : {}),
            ...(holds ? {} : { binds: digestOf('else') }),
          }),
        )
        const counting = answers.filter(
          ({ by, mayApprove, inGroup, holds, late }) =>
            mayApprove &&
            holds &&
            !late &&
            (inGroup || !grouped) &&
            !(by === 'alice@idp' && exclude.includes('requester')) &&
            !(by === 'carol@idp' && exclude.includes('author')),
        )
        const { outcome, reason } = await judged(approvals, {
          count,
          exclude,
          ...(grouped ? { group: 'releasers' } : {}),
        })
        expect(outcome).toBe(counting.length >= count ? 'pass' : 'wait')
        const ignored = answers.filter((each) => !counting.includes(each))
        expect(outcome === 'pass' || ignored.every(({ by }) => reason.includes(`${by} does not count`))).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

const inGroups = { releasers: ['bob@idp', 'dan@idp'], security: ['dan@idp', 'sue@idp'] }
const oneOfEach = { groups: [{ group: 'releasers' }, { group: 'security' }] }

test('of several groups each must agree, and one person counts for one of them', async () => {
  const ask = (people: string[]) =>
    judged(
      people.map((by) => approvalBy(by)),
      oneOfEach,
      subject,
      inGroups,
    )
  expect(await ask(['dan@idp'])).toMatchObject({
    outcome: 'wait',
    reason: '1 of 2 approvals, missing 1 of security',
    expected: '2 of those who may approve (1 of releasers, 1 of security)',
    observed: '1: dan@idp (releasers)',
    unblock: '1 of security, not alice@idp (who asked): lockflight approve p1',
  })
  expect(await ask(['dan@idp', 'bob@idp'])).toMatchObject({
    outcome: 'pass',
    reason: 'approved by dan@idp (security), bob@idp (releasers)',
  })
  expect(await ask(['sue@idp', 'zoe@idp', 'max@idp'])).toMatchObject({
    outcome: 'wait',
    reason: '2 of 2 approvals, missing 1 of releasers',
  })
})

test('with one mandatory group the others may be anyone', async () => {
  const settings = { count: 3, groups: [{ group: 'security' }] }
  const ask = (people: string[]) =>
    judged(
      people.map((by) => approvalBy(by)),
      settings,
      subject,
      inGroups,
    )
  expect(await ask(['zoe@idp', 'max@idp'])).toMatchObject({
    outcome: 'wait',
    reason: '2 of 3 approvals, missing 1 of security',
    unblock: expect.stringMatching(/^1 of security, not/),
  })
  expect(await ask(['sue@idp', 'max@idp'])).toMatchObject({
    outcome: 'wait',
    reason: '2 of 3 approvals',
    unblock: expect.stringMatching(/^1 of those who may approve, not/),
  })
  expect(await ask(['sue@idp', 'max@idp', 'zoe@idp'])).toMatchObject({ outcome: 'pass' })
})

test('every class of promotion may have a gate of its own', () => {
  const two = { use: 'approval', id: 'two', count: 2, classes: ['standard'] }
  const one = { use: 'approval', id: 'one', count: 1, classes: ['hotfix'] }
  const asked = (promotionClass: PromotionClass) =>
    gatesOf({ after: [], gates: [two, one] }, promotionClass, gates).flatMap(({ id, use }) =>
      use === 'approval' ? [id] : [],
    )
  expect([asked('standard'), asked('hotfix'), asked('rollback')]).toEqual([['two'], ['one'], []])
})

test('one more yes never takes a pass away, and a yes given again never makes one (A07)', async () => {
  const people = ['alice@idp', 'bob@idp', 'carol@idp', 'dan@idp', 'sue@idp']
  const yes = fc.record({
    by: fc.constantFrom(...people),
    mayApprove: fc.boolean(),
    reason: fc.constantFrom('', 'fine'),
    age: fc.integer({ min: 1, max: 100 }),
  })
  const settings = fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    'reason-required': fc.boolean(),
    groups: fc.constantFrom(undefined, oneOfEach.groups, [{ group: 'security', count: 2 }]),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(yes, { maxLength: 6 }), yes, settings, async (before, added, given) => {
      const answer = ({ by, mayApprove, reason, age }: typeof added) =>
        approvalBy(by, { mayApprove, reason, at: ago(age) })
      // Whether someone may approve is true of the person, now.
      const may = new Map([...before, added].map((each) => [each.by, each.mayApprove]))
      const answers = [...before, added].map((each) => answer({ ...each, mayApprove: may.get(each.by) === true }))
      const first = await judged(answers.slice(0, -1), given, subject, inGroups)
      const then = await judged(answers, given, subject, inGroups)
      if (first.outcome === 'pass') expect(then.outcome).toBe('pass')
      const again = await judged([...answers, ...answers], given, subject, inGroups)
      expect(again.outcome).toBe(then.outcome)
    }),
    { numRuns: 300 },
  )
})

test('groups that are asked twice, and more seats than anyone fills, are refused', () => {
  const wrong = [[], [{ group: 'a' }, { group: 'a' }], [{ group: 'a', count: 0 }], [{ group: 'a', count: 21 }], ['a']]
  for (const each of wrong) {
    expect(approval.config.safeParse({ groups: each }).success, JSON.stringify(each)).toBe(false)
  }
})
