import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { prometheusDuration, prometheusSeconds } from './prometheus-duration.ts'

const day = 86_400

test('durations are written as Prometheus writes them', () => {
  const written = [300, 1800, 3600, 7200, day, 3 * day, 7 * day, 28 * day, 30 * day, 90 * day, 365 * day, 3840, 0]
  expect(written.map(prometheusDuration)).toEqual([
    '5m',
    '30m',
    '1h',
    '2h',
    '1d',
    '3d',
    '1w',
    '4w',
    '30d',
    '90d',
    '1y',
    '1h4m',
    '0s',
  ])
})

test('what was written is read back, and nothing else is', () => {
  fc.assert(fc.property(fc.nat(400 * day), (length) => prometheusSeconds(prometheusDuration(length)) === length))
  for (const odd of ['', '5', 'm', '5m ', '1.5h', '5ms']) expect(prometheusSeconds(odd), odd).toBeNull()
})
