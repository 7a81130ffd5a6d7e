import { expect, test } from 'vitest'
import type { Answer } from '../answer.ts'
import { plain } from '../look.ts'
import { previewText, whyText } from './why-view.ts'

const now = new Date('2026-11-23T12:00:00Z')
const look = { paint: plain, now }
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const

const explanation = {
  promotion: {
    id: 'p7',
    project: 'checkout',
    environment: 'prod',
    release: digest('b'),
    class: 'standard',
    state: 'waiting',
    reason: '',
    requestedBy: 'ana@local',
    requestedAt: minutesAgo(3),
    expiresAt: minutesAgo(-1000),
    attempt: 0,
    unmet: [],
    finishedAt: null,
  },
  release: {
    digest: digest('b'),
    project: 'checkout',
    version: '2',
    source: { repository: '/shop', commit: 'b'.repeat(40), branch: 'main' },
    artifacts: [],
    configurationDigest: digest('d'),
    run: null,
    author: null,
    committedAt: null,
    createdAt: minutesAgo(80),
  },
  next: 'wait',
  unmet: [
    {
      id: 'approval',
      kind: 'gate',
      outcome: 'wait',
      reason: '1 of 2 people have approved',
      expected: '2 of release-managers',
      observed: 'ben@local',
      since: minutesAgo(3).toISOString(),
      links: [],
      unblock: '1 more of release-managers',
      recheckAt: null,
    },
    {
      id: 'quality',
      kind: 'gate',
      outcome: 'fail',
      reason: '1 test failed',
      expected: 'no failed test',
      observed: '',
      since: minutesAgo(3).toISOString(),
      links: [
        { title: 'report', url: '/artifacts/x' },
        { title: 'run r1', url: '/api/v1/projects/checkout/runs/r1' },
      ],
      unblock: '',
      recheckAt: minutesAgo(-2).toISOString(),
    },
  ],
  passed: [{ id: 'signature', reason: 'signed by a trusted key', links: [], at: minutesAgo(1), until: null }],
  shadows: [],
  overrides: [],
  quarantine: null,
  recheckAt: minutesAgo(-2),
} as unknown as Answer<'explainPromotion'>

test('why: every unmet condition with who or what changes it, then what passed, then what happens next', () => {
  expect(whyText(explanation, look)).toBe(`2 (bbbbbbbb) → prod is waiting
asked for 3m ago by ana@local, class standard

  ◷ approval     1 of 2 people have approved
      expected  2 of release-managers
      found     ben@local
      since     3m ago
      unblocked by 1 more of release-managers
  ✗ quality      1 test failed
      expected  no failed test
      since     3m ago
      looked at again in 2m
      see       report /artifacts/x
      see       lockflight runs show r1

  ✓ signature    signed by a trusted key

waits for 2 conditions; looked at again in 2m`)
})

test('why: a promotion that nothing holds, and one that is over', () => {
  const free = { ...explanation, unmet: [], passed: [], next: 'start' as const }
  expect(whyText(free, look)).toMatch(/nothing holds it: it starts as soon as the environment is free$/)
  const over = {
    ...free,
    next: 'nothing' as const,
    promotion: { ...explanation.promotion, state: 'failed' as const, reason: 'no answer', finishedAt: minutesAgo(4) },
  }
  expect(whyText(over, look).split('\n')[0]).toBe('2 (bbbbbbbb) → prod has failed: no answer')
  expect(whyText(over, look)).toMatch(/it ended 4m ago: nothing is waited for any more$/)
})

test('why: what nobody has asked for yet tells how to ask, and shows no id that means nothing', () => {
  const condition = {
    ...explanation.unmet[0]!,
    since: now.toISOString(),
    unblock: '1 of people, not ana@local: lockflight approve p7',
  }
  const preview = previewText({ ...explanation, unmet: [condition], passed: [] }, look)
  expect(preview).toBe(`2 (bbbbbbbb) → prod would wait

  ◷ approval     1 of 2 people have approved
      expected  2 of release-managers
      found     ben@local
      unblocked by 1 of people, not ana@local: lockflight approve <promotion>

nothing was asked for; to do so: lockflight promote 2 --to prod`)
  const hotfix = { ...explanation.promotion, class: 'hotfix' as const }
  expect(previewText({ ...explanation, promotion: hotfix, next: 'start', unmet: [] }, look)).toMatch(
    /prod would start at once[^]*lockflight promote 2 --to prod --class hotfix$/,
  )
})

test('why: what was let past and by whom, what is only watched, until when a pass counts, and a gate that flaps', () => {
  const override: (typeof explanation)['overrides'][number] = {
    id: 'o1',
    gate: 'slo',
    state: 'in-force',
    note: 'lets past: no answer',
    by: 'olga@local',
    confirmedBy: 'paul@local',
    reason: 'prometheus is down',
    risk: 'errors may go unseen',
    at: minutesAgo(5),
    expiresAt: minutesAgo(-55),
  }
  const told = {
    ...explanation,
    unmet: [{ ...explanation.unmet[1]!, changes: 4 }],
    passed: [{ ...explanation.passed[0]!, until: minutesAgo(-5) }],
    shadows: [
      { id: 'parity', outcome: 'fail' as const, reason: '2 differ', expected: '', observed: '', links: [], at: now },
    ],
    overrides: [
      override,
      { ...override, id: 'o2', gate: 'soak', state: 'unconfirmed' as const, confirmedBy: null, note: '' },
      { ...override, id: 'o3', state: 'void' as const, note: 'the policy changed' },
      { ...override, id: 'o4', state: 'used' as const, note: '' },
    ],
  }
  expect(whyText(told, look).split('\n').slice(3, -2).join('\n')).toBe(`  ✗ quality      1 test failed
      expected  no failed test
      since     3m ago, changed 4 times in the last hour
      looked at again in 2m
      see       report /artifacts/x
      see       lockflight runs show r1

  ! slo          overridden by olga@local and paul@local: prometheus is down
      risk      errors may go unseen
      for       55m more; lets past: no answer
  ! soak         olga@local asks to override it: prometheus is down
      risk      errors may go unseen
      unblocked by a second person with gate.override: lockflight override confirm o2
  · slo          an override of olga@local counts no more: the policy changed
  ! slo          was overridden by olga@local and paul@local: prometheus is down

  ✓ signature    signed by a trusted key (for 5m more)

  ✗ parity       shadow, nothing waits for it: 2 differ`)
  const narrow = whyText(told, { ...look, columns: 80 }).split('\n')
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(narrow).toContain('                confirm o2')
})

test('why: a release in quarantine that has started all the same says so', () => {
  const quarantine = { by: 'ben@local', reason: 'loses orders', at: minutesAgo(2) }
  const running = { ...explanation, next: 'nothing' as const, unmet: [], quarantine }
  expect(whyText(running, look).split('\n')[2]).toBe('2 is in quarantine since 2m, by ben@local: loses orders')
})
