import { expect, test } from 'vitest'
import type { Answer } from '../answer.ts'
import { plain } from '../look.ts'
import { Refusal } from '../../core/refusal.ts'
import { auditText } from './audit-view.ts'
import { deploymentsText } from './deployments-view.ts'
import { appliedText, differenceText, previewText as previewOf, proposalText } from './difference-view.ts'
import { metricsText } from './metrics-view.ts'
import { overridesCsv, overridesText } from './overrides-view.ts'
import { quarantinedText } from './quarantine-view.ts'
import { provenText } from './proof-view.ts'
import { refusalText } from './refusal-view.ts'
import { statusText } from './status-view.ts'

const now = new Date('2026-11-23T12:00:00Z')
const look = { paint: plain, now }
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const

const waiting: Answer<'getStatus'>['environments'][number]['waiting'][number] = {
  shadows: ['parity'],
  id: 'p7',
  release: digest('b'),
  version: '2',
  class: 'standard',
  state: 'waiting',
  reason: '',
  unmet: 2,
  requestedBy: 'ana@local',
  requestedAt: minutesAgo(3),
  finishedAt: null,
}

test('status: releases down, environments across, and below what needs someone', () => {
  const status: Answer<'getStatus'> = {
    project: 'checkout',
    environments: [
      {
        name: 'dev',
        after: [],
        hold: null,
        pin: null,
        live: {
          release: digest('c'),
          version: '3',
          promotion: 'p9',
          since: minutesAgo(1),
          url: 'http://127.0.0.1:4001',
        },
        active: null,
        waiting: [],
        lastFailed: null,
      },
      {
        name: 'stg',
        after: ['dev'],
        hold: null,
        pin: null,
        live: { release: digest('b'), version: '2', promotion: 'p6', since: minutesAgo(70), url: null },
        active: { ...waiting, id: 'p10', release: digest('c'), version: '3', state: 'verifying' },
        waiting: [],
        lastFailed: null,
      },
      {
        name: 'prod',
        after: ['stg'],
        hold: { by: 'ben@local', reason: 'holidays', at: minutesAgo(9) },
        pin: { release: digest('a'), version: '1', by: 'ana@local', reason: 'the audit', at: minutesAgo(8) },
        live: { release: digest('a'), version: '1', promotion: 'p3', since: minutesAgo(3000), url: null },
        active: null,
        waiting: [waiting],
        lastFailed: { ...waiting, id: 'p5', state: 'failed', reason: 'GET / said 500', finishedAt: minutesAgo(5) },
      },
    ],
    releases: [
      {
        digest: digest('c'),
        version: '3',
        commit: 'cccccccccccc',
        createdAt: minutesAgo(2),
        liveIn: ['dev'],
        failedIn: [],
      },
      {
        digest: digest('b'),
        version: '2',
        commit: 'bbbbbbbbbbbb',
        createdAt: minutesAgo(80),
        liveIn: ['stg'],
        failedIn: ['dev'],
      },
    ],
    quarantined: [
      {
        release: digest('a'),
        version: '1',
        by: 'ben@local',
        reason: 'loses orders',
        at: minutesAgo(2),
        liveIn: ['prod'],
      },
    ],
  }
  expect(statusText(status, look)).toBe(`checkout

                 dev        stg          prod
3  cccccccc  2m  ● live 1m  ◐ verifying  ·
2  bbbbbbbb  1h  ✗ failed   ● live 1h    ◷ waits for 2 ✗ failed
1                ·          ·            ● live 2d

dev answers at http://127.0.0.1:4001
prod is held by ben@local: holidays
prod stays on 1, says ana@local: the audit
prod waits for 2 (in shadow: parity): lockflight why p7
prod failed with 2 5m ago: GET / said 500
1 is in quarantine: loses orders, and runs in prod`)
})

test('status: a project without environments says what to do', () => {
  expect(statusText({ project: 'shop', environments: [], releases: [], quarantined: [] }, look)).toBe(
    'shop has no environments yet; write them in lockflight.yaml, then: lockflight apply',
  )
})

test('quarantine: where it runs all the same, and how to change that', () => {
  const told = {
    release: digest('b'),
    version: '2',
    running: [{ environment: 'stg', promotion: 'p9' }],
    liveIn: ['prod'],
  }
  const quarantine = { by: 'ben@local', reason: 'loses orders', at: now }
  expect(
    quarantinedText({ ...told, quarantine }, look)
      .split('\n')
      .slice(1),
  ).toEqual([
    '! stg is being deployed to by promotion p9; to put another one there: lockflight rollback --env stg --reason …',
    '! prod runs it; to put another one there: lockflight rollback --env prod --reason …',
  ])
})

test('overrides: as a list and for a spreadsheet', () => {
  const item: Answer<'listOverrides'>['items'][number] = {
    id: 'o1',
    promotion: 'p7',
    environment: 'prod',
    release: digest('b'),
    releaseVersion: '2',
    gate: 'slo',
    reason: 'prometheus is down',
    risk: 'errors, may go unseen',
    requestedBy: 'olga@local',
    requestedAt: minutesAgo(5),
    confirmation: { by: 'paul@local', at: minutesAgo(4) },
    withdrawal: null,
    expiresAt: minutesAgo(-55),
    usedAt: minutesAgo(3),
    state: 'used',
    note: '',
  }
  expect(overridesText({ items: [item], next: null }, look)).toBe(
    'o1  5m ago  2 → prod  slo  used  by olga@local and paul@local: prometheus is down',
  )
  expect(overridesCsv({ items: [item], next: null }).split('\n')[1]).toBe(
    'o1,p7,prod,2,slo,used,prometheus is down,"errors, may go unseen",olga@local,2026-11-23T11:55:00.000Z,paul@local,2026-11-23T11:56:00.000Z,2026-11-23T12:55:00.000Z,2026-11-23T11:57:00.000Z',
  )
})

test('difference: what was added, removed and changed, one line each', () => {
  const answer = {
    changed: true,
    number: 4,
    digest: digest('e'),
    difference: [
      { path: 'environments.prod.gates[soak]', after: { use: 'soak', for: '1h' } },
      { path: 'environments.qa', before: { after: [] } },
      { path: 'environments.prod.gates[approval].count', before: 1, after: 2 },
    ],
    voided: [{ environment: 'prod', promotion: 'p7', approvals: 1 }],
  } as Answer<'applyRevision'>
  expect(differenceText(answer, look)).toBe(`+ environments.prod.gates[soak]: {"use":"soak","for":"1h"}
- environments.qa: {"after":[]}
~ environments.prod.gates[approval].count: 1 → 2
! 1 approval of p7 to prod will not count: it has to be approved anew
revision 4`)
  const first = [
    { path: 'project', after: 'shop' },
    { path: 'pipeline', after: { env: {}, jobs: { build: {}, test: {} } } },
    { path: 'environments', after: { dev: {}, prod: { gates: [] } } },
  ] as typeof answer.difference
  expect(differenceText({ ...answer, number: 1, difference: first, voided: [] }, look)).toBe(
    '+ project: "shop"\n+ pipeline: build, test\n+ environments: dev, prod\nrevision 1',
  )
  expect(previewOf(answer, look)).toMatch(/revision 4 is what this would be; nothing was applied$/)
  expect(differenceText({ ...answer, changed: false }, look)).toBe(
    'revision 4 already says exactly this; nothing to apply',
  )
  expect(appliedText({ ...answer, state: 'applied', inForceAt: minutesAgo(0) }, look)).toBe('✓ revision 4 is in force')
  expect(appliedText({ ...answer, state: 'applied', inForceAt: minutesAgo(-60) }, look)).toBe(
    '✓ revision 4 is in force in 1h',
  )
  expect(appliedText({ ...answer, state: 'proposed' }, look)).toBe(
    `proposed; someone else with policy.edit confirms it with: lockflight apply confirm ${digest('e')}`,
  )
  const proposal = { digest: digest('e'), by: 'ana@local', at: minutesAgo(5), difference: answer.difference.slice(2) }
  expect(proposalText(proposal, look)).toBe(
    `~ environments.prod.gates[approval].count: 1 → 2\n${digest('e')} proposed by ana@local 5m ago`,
  )
})

test('deployments: the release by the name that rollback takes, and long reasons by where they are told whole', () => {
  const deployment: Answer<'listDeployments'>['items'][number] = {
    promotion: 'p7',
    attempt: 1,
    environment: 'prod',
    release: digest('b'),
    releaseVersion: '2-bbbbbbb',
    class: 'standard',
    fence: 4,
    outcome: 'failed',
    reason: 'it ended before it answered. The last it printed:\nstarting\nno database',
    previous: null,
    startedBy: 'ana@local',
    startedAt: minutesAgo(3),
    deployedAt: null,
    finishedAt: minutesAgo(2),
    replacedAt: null,
  }
  expect(deploymentsText({ items: [deployment] }, look)).toBe(
    'prod  2-bbbbbbb  failed    fence 4  3m ago by ana@local, took 1m  it ended before it answered. The last it printed: starting … all of it: lockflight why p7',
  )
})

test('metrics: a dash where nothing was measured', () => {
  const items = [
    {
      environment: 'prod',
      days: 30,
      deployments: 12,
      deploymentsPerDay: 0.4,
      changeLeadTimeSeconds: { median: 5400, p90: 90_000 },
      recoveryTimeSeconds: null,
      changeFailRate: 1 / 12,
      reworkRate: null,
    },
  ]
  expect(metricsText({ items }, look)).toBe(`                      prod
deployment frequency  0.4 a day (12)
change lead time      1h, 1d
change fail rate      8.33 %
recovery time         –
rework rate           –
over 30 days; times: median, then what 90 % stay under`)
})

test('audit: whole, or broken at an entry', () => {
  expect(auditText({ ok: true, size: 3, root: 'abc=', checkpoints: 1, witnesses: [] }, look)).toBe(
    '✓ the log is whole: 3 entries under 1 signed checkpoint, root abc=',
  )
  expect(auditText({ ok: false, violates: 'integrity', index: 17, proven: 10, reason: 'changed' }, look)).toBe(
    '✗ the log fails at entry 17 (integrity): changed\nthe first 10 entries are proven',
  )
})

test('audit: records that the log knows otherwise, each with what differs in both stories', () => {
  const discrepancies = [
    {
      kind: 'approval',
      subject: 'a1',
      recorded: { by: 'eve@local', gate: 'x' },
      logged: { gate: 'x', by: 'bob@local' },
    },
    { kind: 'grant', subject: 'eve@local/admin/*/*', recorded: true, logged: null },
  ]
  const whole = { size: 3, root: 'abc=', checkpoints: 1, witnesses: [] }
  expect(auditText({ ok: false, violates: 'records', discrepancies, ...whole }, look)).toBe(
    [
      '✗ the log is whole, but 2 records are not what it says: 3 entries under 1 signed checkpoint, root abc=',
      '  approval a1',
      '    recorded  {"by":"eve@local"}',
      '    logged    {"by":"bob@local"}',
      '  grant eve@local/admin/*/*',
      '    recorded  true',
      '    logged    nothing',
    ].join('\n'),
  )
})

test('a proof: what the log says, which gate said it and why, and by whose word', () => {
  const entry = { at: '2026-11-23T10:00:00.000Z', actor: 'lockflight@system' }
  const entries = [
    { ...entry, index: 7, type: 'gate.failed', data: { gate: 'soak', outcome: 'wait', reason: 'not\nyet' } },
    { ...entry, index: 9, type: 'deploy.completed', data: { outcome: 'succeeded' } },
    { ...entry, index: 11, type: 'promotion.requested', data: {} },
  ]
  const checkpoint = { origin: 'o', size: 12, root: 'abc=' }
  const proven = { promotion: 'p', vkey: 'o+1+k', keyGiven: true, checkpoint, witnesses: [], entries }
  expect(provenText(proven, look)).toBe(`✓ proven: the log of o says this of promotion p
  7  2026-11-23T10:00:00.000Z  lockflight@system  gate.failed soak: not yet
  9  2026-11-23T10:00:00.000Z  lockflight@system  deploy.completed succeeded
  11  2026-11-23T10:00:00.000Z  lockflight@system  promotion.requested
under its signed checkpoint of 12 entries, root abc=
signed with the key you gave`)
})

test('refusal: the message, each problem on its line, what to do next; nothing that steers a terminal (A27)', () => {
  const problems = [{ at: 'lockflight.yaml:1:2', message: 'expected text; found \u{1B}[2Jnothing' }]
  expect(refusalText(new Refusal('invalid', 'it is not valid', { problems }))).toBe(
    'lockflight: it is not valid\n  lockflight.yaml:1:2: expected text; found nothing',
  )
  const told = { problems: [{ at: 'name', message: 'expected a name' }] }
  expect(refusalText(new Refusal('invalid', 'name: expected a name', told))).toBe('lockflight: name: expected a name')
  expect(refusalText(new Refusal('unauthenticated', 'who are you?'))).toBe(
    'lockflight: who are you?\nnext: log in with `lockflight login`, or set LOCKFLIGHT_TOKEN',
  )
})
