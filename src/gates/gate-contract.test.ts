import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf, verdictIn, verdictWithoutWorld, type Scenario } from '../../test/gate-examples/gate-example.ts'
import { gateExamples } from '../../test/gate-examples/gate-examples.ts'
import { now, subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { gatesOf, judgeAgain } from '../core/evaluate.ts'
import { verdict, type Gate } from '../core/gate.ts'
import { gates } from './index.ts'

const cases = Object.entries(gateExamples).map(([name, example]) => {
  const first = gatesOf(definitionOf(example), 'standard', gates).find(({ use }) => use === name)
  const good = example.scenarios.find(({ says }) => says === 'pass')
  const bad = example.scenarios.find(({ says }) => says !== 'pass')
  if (!first || !good || !bad) throw new Error(`${name}: expected an example that passes, and one that does not`)
  const gate: Gate = gates[name as keyof typeof gates]
  return { name, gate, example, config: first.config, good: good.facts ?? {}, bad: bad.facts ?? {} }
})

async function observed(gate: Gate, config: Record<string, unknown>, facts: Facts): Promise<unknown> {
  return gate.evidence.parse(await gate.observe(gate.config.parse(config), subject, worldOf(facts)))
}

describe.each(cases)('the gate $name', ({ name, gate, example, config, good, bad }) => {
  test.each<Scenario>(example.scenarios)('$when: it says $says, why, and who can change it', async (scenario) => {
    const said = await verdictIn(example, scenario)
    expect(said, said.reason).toMatchObject({ outcome: scenario.says })
    const words = [said.reason, said.expected, ...(said.outcome === 'pass' ? [] : [said.observed, said.unblock])]
    for (const each of words) expect(each).not.toBe('')
  })

  test('has an example for every outcome that it knows, or says `error` when what it asks is down', async () => {
    const asks = !example.never.includes('error')
    const said = await verdictWithoutWorld(example)
    if (asks) expect(said).toMatchObject({ outcome: 'error', reason: expect.stringContaining('it is down') })
    const shown = new Set([...example.scenarios.map(({ says }) => says), ...(asks ? ['error'] : [])])
    expect([...shown, ...example.never].toSorted()).toEqual(['error', 'fail', 'inconclusive', 'pass', 'wait'])
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
