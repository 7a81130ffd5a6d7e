import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { subject } from '../../test/rig/gate-world.ts'
import { errorBudget } from './error-budget.ts'

const day = 86_400

test('more errors never pass where fewer failed, whatever Prometheus says', () => {
  const config = errorBudget.config.parse({
    prometheus: 'http://p',
    objective: 0.99,
    window: '30d',
    'bad-ratio': 'bad[{{window}}]',
  })
  const windows = {
    '5m': 300,
    '30m': 1800,
    '1h': 3600,
    '2h': 7200,
    '6h': 21_600,
    '1d': day,
    '3d': 3 * day,
    '30d': 30 * day,
  }
  const outcome = (shares: number[]) =>
    errorBudget.judge(
      config,
      errorBudget.evidence.parse({
        running: null,
        source: 'queries',
        looked: [],
        service: null,
        windows: Object.entries(windows).map(([window, windowSeconds], index) => ({
          windowSeconds,
          readings: [
            {
              query: `bad[${window}]`,
              samples: [{ labels: {}, value: String(shares[index]) }],
              at: subject.at.toISOString(),
              doubts: [],
              problem: null,
            },
          ],
        })),
      }),
      subject,
    ).outcome
  const share = fc.double({ min: 0, max: 0.3, noNaN: true })
  fc.assert(
    fc.property(fc.array(fc.tuple(share, share), { minLength: 8, maxLength: 8 }), (pairs) => {
      const [fewer, more] = [pairs.map(([one]) => one), pairs.map(([one, extra]) => one + extra)]
      expect(['pass', 'fail']).toContain(outcome(fewer))
      expect(outcome(fewer) === 'pass' || outcome(more) === 'fail').toBe(true)
    }),
    { numRuns: 100 },
  )
})
