import { z } from 'zod'
import { inWords } from '../core/duration.ts'
import type { GateOutside, Subject } from '../core/gate.ts'
import { link } from '../core/link.ts'
import { prometheusDuration, prometheusSeconds } from '../core/prometheus-duration.ts'
import { askJson } from './ask-json.ts'
import { windowsAsked } from './budget-queries.ts'
import type { BudgetSettings } from './budget-settings.ts'

const answer = z.strictObject({
  /** When it was measured. */
  at: z.iso.datetime(),
  /** The share of the budget that is left: 1 all of it, below 0 overspent. */
  budgetRemaining: z.number().max(1),
  /** By window (`5m`, `1h`, `3d`): how many times faster than allowed. */
  burnRates: z.record(z.string().regex(/^([0-9]+[ywdhms])+$/), z.number().min(0)),
  links: z.array(link).max(10).default([]),
})

/** What a service for SLOs said, as it is stored. */
export const budgetSaid = z.strictObject({ answer: answer.nullable(), problem: z.string().nullable() })
export type BudgetSaid = z.output<typeof budgetSaid>

/** Asks such a service about the release's project and environment, for the windows that are judged. */
export async function askBudget(
  settings: BudgetSettings,
  { project, environment, release }: Subject,
  { outside, timeoutSeconds }: { outside: GateOutside; timeoutSeconds: number },
): Promise<BudgetSaid> {
  const { service = '', slo = null, window = null, 'secret-headers': secretHeaders } = settings
  const windows = windowsAsked(settings, 'service').map(prometheusDuration)
  const about = { project, environment, release: release.digest, version: release.version }
  return askJson(
    answer,
    { url: service, secretHeaders, timeoutSeconds, body: { ...about, slo, window, windows } },
    outside,
  )
}

/** The burn rate of every window, that of the whole window from what is left; or why they are not known. */
export function ratesOf(
  { answer: said, problem }: BudgetSaid,
  {
    windows,
    windowSeconds,
    at,
    maxAgeSeconds,
  }: { windows: number[]; windowSeconds: number; at: Date; maxAgeSeconds: number },
): Map<number, number> | { outcome: 'inconclusive' | 'error'; reason: string } {
  if (!said) return { outcome: 'error', reason: problem ?? 'the service said nothing' }
  const age = (at.getTime() - Date.parse(said.at)) / 1000
  if (Math.abs(age) > maxAgeSeconds) {
    return { outcome: 'inconclusive', reason: `the service measured at ${said.at}, ${inWords(Math.abs(age))} from now` }
  }
  const rates = new Map(Object.entries(said.burnRates).map(([window, rate]) => [prometheusSeconds(window) ?? 0, rate]))
  rates.set(windowSeconds, 1 - said.budgetRemaining)
  const missing = windows.filter((window) => !rates.has(window))
  if (missing.length === 0) return rates
  return {
    outcome: 'inconclusive',
    reason: `the service gave no burn rate over ${missing.map(prometheusDuration).join(', ')}`,
  }
}
