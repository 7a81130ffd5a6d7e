import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  ago,
  approvalBy,
  deployment,
  now,
  provenanceStatement,
  report,
  signingKey,
  subject,
  worldOf,
  type Facts,
} from '../../test/rig/gate-world.ts'
import { aDrill, drillStatement } from '../../test/rig/drills.ts'
import { judgeAgain } from '../core/evaluate.ts'
import { verdict, type Gate, type Subject } from '../core/gate.ts'
import { gates } from './index.ts'

const { trusted, attest } = signingKey()
const signed = { attestations: [attest(provenanceStatement())], keys: [trusted] }

const jsonSaying = (answer: unknown) => async () => ({
  status: 200,
  type: 'application/json',
  headers: {},
  body: Buffer.from(JSON.stringify(answer)),
})
const receipt = attest(drillStatement())
const drilled = { drills: [aDrill({ receipt: receipt.digest })], attestations: [receipt] }

/** An answer of Prometheus at the moment of these tests. */
const prometheusSaying = (value: string) =>
  jsonSaying({ status: 'success', data: { resultType: 'scalar', result: [now.getTime() / 1000, value] } })

interface Sample {
  config: Record<string, unknown>
  /** Facts with which it passes. */
  good: Facts
  /** Facts with which it does not, and how it says so. */
  bad: Facts
  /** What it is asked about then, when that is another moment. */
  badSubject?: Subject
  says: string
  /** Further facts, and what it says of them. */
  others?: { facts: Facts; says: string }[]
}

/** A gate that is added to the record does not compile here before it has a sample. */
const samples: Record<keyof typeof gates, Sample> = {
  upstream: { config: {}, good: { deployments: [deployment()] }, bad: {}, says: 'wait' },
  approval: {
    config: { count: 2 },
    good: { approvals: ['bob@idp', 'dan@idp'].map((by) => approvalBy(by)) },
    bad: {},
    says: 'wait',
  },
  signature: { config: {}, good: signed, bad: { ...signed, keys: [] }, says: 'fail' },
  provenance: {
    config: { builders: ['https://builder.example/'], repositories: ['/srv/git/shop'], branches: ['main'] },
    good: signed,
    bad: { keys: [trusted] },
    says: 'fail',
  },
  quality: {
    config: {},
    good: { reports: [report()] },
    bad: {},
    says: 'inconclusive',
    others: [
      { facts: { reports: [report({ failed: ['pays'] })] }, says: 'fail' },
      { facts: { reports: [{ ...report(), results: {}, disbelief: 'it was changed' }] }, says: 'error' },
    ],
  },
  expression: {
    config: { expression: 'tests.failed == 0' },
    good: { reports: [report()] },
    bad: { reports: [report({ failed: ['pays'] })] },
    says: 'fail',
    others: [{ facts: {}, says: 'error' }],
  },
  reversible: {
    config: { acknowledged: [{ change: 'split-names', owner: 'ana', reason: 'agreed' }] },
    good: {},
    bad: {
      deployments: [deployment({ environment: 'prod' })],
      oneWay: [{ fence: 2, version: '8-ddddddd', changes: [{ id: 'drop-orders', reason: 'the old orders are gone' }] }],
    },
    says: 'fail',
  },
  drill: {
    config: { within: '30d' },
    good: { ...drilled, keys: [trusted] },
    bad: {},
    says: 'wait',
    others: [
      { facts: { drills: [aDrill({ state: 'failed', reason: 'no room', receipt: null })] }, says: 'fail' },
      { facts: { ...drilled, keys: [] }, says: 'inconclusive' },
    ],
  },
  soak: { config: { for: '1h' }, good: { deployments: [deployment()] }, bad: {}, says: 'wait' },
  'error-budget': {
    config: {
      prometheus: 'http://prometheus',
      objective: 0.9,
      window: '30d',
      'bad-ratio': 'bad{over="{{environment}}"}[{{window}}]',
    },
    good: { http: prometheusSaying('0.01') },
    bad: { http: prometheusSaying('0.2') },
    says: 'fail',
  },
  metric: {
    config: { prometheus: 'http://prometheus', query: 'errors', is: '<=', than: 1 },
    good: { http: prometheusSaying('1') },
    bad: { http: prometheusSaying('2') },
    says: 'fail',
  },
  parity: {
    config: { facts: [{ use: 'file', name: 'config', here: 'prod.yaml', there: 'stg.yaml' }], critical: ['config.**'] },
    good: { files: { 'prod.yaml': 'db: 16', 'stg.yaml': 'db: 16' } },
    bad: { files: { 'prod.yaml': 'db: 15', 'stg.yaml': 'db: 16' } },
    says: 'fail',
  },
  window: {
    config: { allow: [{ rrule: 'FREQ=WEEKLY;BYDAY=MO', from: '09:00', to: '16:00' }] },
    good: {},
    bad: {},
    badSubject: { ...subject, at: ago(-86_400) },
    says: 'wait',
  },
  http: {
    config: { url: 'https://gate.example' },
    good: { http: jsonSaying({ outcome: 'pass', reason: 'fine' }) },
    bad: { http: jsonSaying({ outcome: 'fail', reason: 'no' }) },
    says: 'fail',
  },
  command: {
    config: { run: 'check' },
    good: { command: { exitCode: 0, output: 'fine\n', answer: '' } },
    bad: { command: { exitCode: 1, output: 'no\n', answer: '' } },
    says: 'fail',
  },
}

const cases = Object.entries(samples).map(([name, sample]) => ({
  name,
  gate: gates[name as keyof typeof gates] as Gate,
  ...sample,
}))

async function observed(gate: Gate, config: Record<string, unknown>, facts: Facts): Promise<unknown> {
  return gate.evidence.parse(await gate.observe(gate.config.parse(config), subject, worldOf(facts)))
}

describe.each(cases)('the gate $name', ({ name, gate, config, good, bad, badSubject = subject, says, others = [] }) => {
  test('passes when it should, and otherwise says what is missing and who can change it', async () => {
    const outcomeFor = async (facts: Facts, about: Subject) =>
      judgeAgain(gate, { config, evidence: await observed(gate, config, facts), subject: about })
    expect(await outcomeFor(good, subject)).toMatchObject({ outcome: 'pass' })
    const blocked = await outcomeFor(bad, badSubject)
    expect(blocked).toMatchObject({ outcome: says })
    for (const words of [blocked.reason, blocked.expected, blocked.observed, blocked.unblock])
      expect(words).not.toBe('')
  })

  test.each(others)('says $says of other facts', async ({ facts, says: outcome }) => {
    const evidence = await observed(gate, config, facts)
    expect(judgeAgain(gate, { config, evidence, subject }).outcome).toBe(outcome)
  })

  test('refuses a setting it does not know', () => {
    expect(gate.config.safeParse({ ...config, exclud: [] }).success).toBe(false)
    expect(gate.config.safeParse(config).success).toBe(true)
  })

  test('has settings that are the same after they were stored and read again, and a schema for editors', () => {
    const once = gate.config.parse(config)
    expect(gate.config.parse(JSON.parse(JSON.stringify(once)))).toEqual(once)
    expect(z.toJSONSchema(gate.config, { io: 'input', target: 'draft-7' })).toMatchObject({
      additionalProperties: false,
    })
  })

  test('has evidence that is the same after it was stored and read again', async () => {
    for (const facts of [good, bad]) {
      const evidence = await observed(gate, config, facts)
      expect(gate.evidence.parse(JSON.parse(JSON.stringify(evidence)))).toEqual(evidence)
    }
  })

  test('looks at records in the very transaction that starts, or outside within an age', () => {
    expect(gate.reads === 'records' ? gate.maxAgeSeconds === 0 : gate.maxAgeSeconds > 0).toBe(true)
  })

  test('judges purely: the same answer twice, without a clock, without changing what it was given', async () => {
    for (const facts of [good, bad]) {
      const evidence = frozen(await observed(gate, config, facts))
      const judge = () => verdict.parse(gate.judge(frozen(gate.config.parse(config)), evidence, frozen(subject)))
      const first = judge()
      expect(withoutClock(judge)).toEqual(first)
    }
  })

  test('never passes on evidence that is missing or makes no sense', async () => {
    const evidence = (await observed(gate, config, good)) as object
    const emptied = Object.fromEntries(
      Object.entries(evidence).map(([key, value]) => [key, Array.isArray(value) ? [] : null]),
    )
    const partial = Object.keys(evidence).map((key) => ({ ...evidence, [key]: undefined }))
    // All that there is to see for a gate that looks at nothing but the time.
    const isWhole = (odd: unknown) => isDeepStrictEqual(gate.evidence.safeParse(odd).data, evidence)
    for (const odd of [undefined, null, {}, [], emptied, ...partial].filter((each) => !isWhole(each))) {
      expect(judgeAgain(gate, { config, evidence: odd, subject }).outcome, JSON.stringify(odd)).not.toBe('pass')
    }
    const keys = fc.record(Object.fromEntries(Object.keys(evidence).map((key) => [key, fc.anything()])))
    fc.assert(
      fc.property(fc.oneof(fc.anything(), keys), (odd) => {
        fc.pre(!isWhole(odd))
        expect(judgeAgain(gate, { config, evidence: odd, subject }).outcome).not.toBe('pass')
      }),
      { numRuns: 300 },
    )
  })

  test('never passes once a part of its evidence speaks of something else', async () => {
    const evidence = await observed(gate, config, good)
    const other = {
      ...subject,
      after: ['qa'],
      release: { ...subject.release, artifacts: [{ name: 'x', digest: subject.policy, sizeBytes: 1 }] },
    }
    const { outcome } = judgeAgain(gate, { config, evidence, subject: other })
    expect(outcome === 'pass').toBe(
      ['quality', 'expression', 'reversible', 'command', 'metric', 'error-budget', 'window'].includes(name),
    )
  })
})

test('signature and provenance are for every class of promotion, and no other gate is', () => {
  expect(Object.entries(gates as Record<string, Gate>).flatMap(([name, { always }]) => (always ? [name] : []))).toEqual(
    ['signature', 'provenance'],
  )
})

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) frozen(each)
  }
  return value
}

/** Runs the work while asking for the time throws. */
function withoutClock<T>(work: () => T): T {
  const real = Date
  const refuse = (): never => {
    throw new Error('a judge asked for the time')
  }
  globalThis.Date = class extends real {
    constructor(...given: unknown[]) {
      if (given.length === 0) refuse()
      super(...(given as [number]))
    }
    static override now = refuse
  } as unknown as DateConstructor
  try {
    return work()
  } finally {
    globalThis.Date = real
  }
}

test('the clock that throws does throw', () => {
  expect(() => withoutClock(() => new Date())).toThrow('asked for the time')
  expect(() => withoutClock(() => Date.now())).toThrow('asked for the time')
  expect(withoutClock(() => new Date(now.getTime()).getTime())).toBe(now.getTime())
})
