import { expect, test } from 'vitest'
import { plain } from '../look.ts'
import { metricsText } from './metrics-view.ts'

test('what took less than a second was not nothing', () => {
  const metrics = {
    environment: 'dev',
    days: 30,
    deployments: 2,
    deploymentsPerDay: 2 / 30,
    changeLeadTimeSeconds: { median: 0.5, p90: 1 },
    recoveryTimeSeconds: { median: 0, p90: 0 },
    changeFailRate: 0.5,
    reworkRate: 0.5,
  }
  const lines = metricsText({ items: [metrics] }, { paint: plain, now: new Date(0) }).split('\n')
  expect(lines).toContain('change lead time      <1s, 1s')
  expect(lines).toContain('recovery time         <1s, <1s')
})
