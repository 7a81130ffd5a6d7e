import { expect, test } from 'vitest'
import { budgetSettings } from './budget-settings.ts'

test.each([
  { objective: 1 },
  { objective: 0 },
  { objective: undefined },
  { window: undefined },
  { prometheus: undefined },
  { bad: 'x' },
  { total: undefined },
  { 'bad-ratio': 'x' },
  { total: 'x[5m] {{windov}}' },
  { 'burn-rates': [{ long: '5m', short: '1h', above: 1 }] },
  { 'burn-rates': [{ long: '40d', short: '1h', above: 1 }] },
  { service: 'https://slo.example' },
  { exempt: ['fix'] },
  { 'slo-file': '../slo.yaml' },
])('the settings %j are refused', (wrong) => {
  const right = { prometheus: 'http://prometheus', objective: 0.999, window: '30d', good: 'x', total: 'y' }
  expect(budgetSettings.safeParse(right).success).toBe(true)
  expect(budgetSettings.safeParse({ ...right, ...wrong }).success).toBe(false)
})
