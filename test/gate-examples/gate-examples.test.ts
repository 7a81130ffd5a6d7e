import { describe, expect, test } from 'vitest'
import { gateExamples } from './gate-examples.ts'
import { verdictIn, verdictWithoutWorld, type Scenario } from './gate-example.ts'

describe.each(Object.entries(gateExamples))('the example of the gate %s', (_, example) => {
  test.each<Scenario>(example.scenarios)('$when: it says $says, why, and who can change it', async (scenario) => {
    const verdict = await verdictIn(example, scenario)
    expect(verdict, verdict.reason).toMatchObject({ outcome: scenario.says })
    const words = [verdict.reason, verdict.expected, ...(verdict.outcome === 'pass' ? [] : [verdict.unblock])]
    for (const each of words) expect(each).not.toBe('')
  })

  test('has a scenario for every outcome that the gate knows, or says `error` when what it asks is down', async () => {
    const { outcome, reason } = await verdictWithoutWorld(example)
    const asks = !example.never.includes('error')
    if (asks)
      expect({ outcome, reason }).toMatchObject({ outcome: 'error', reason: expect.stringContaining('it is down') })
    const shown = new Set([...example.scenarios.map(({ says }) => says), ...(asks ? ['error'] : [])])
    expect([...shown, ...example.never].toSorted()).toEqual(['error', 'fail', 'inconclusive', 'pass', 'wait'])
  })
})
