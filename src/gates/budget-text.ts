import { inWords } from '../core/duration.ts'
import type { BudgetState, Burn, BurnLimit } from '../core/error-budget.ts'
import { prometheusDuration } from '../core/prometheus-duration.ts'
import type { BudgetSettings, BudgetSource } from './budget-settings.ts'

/** Where the numbers are from, as the verdict says it. */
export const sourceNames: Record<BudgetSource, string> = {
  sloth: 'by the recording rules of Sloth',
  pyrra: 'by the recording rules of Pyrra',
  queries: 'by the queries of the policy',
  service: 'by the service that was asked',
}

/** What must hold, in words. */
export function expectedText(
  { objective, window, 'remaining-above': above }: BudgetSettings,
  limits: BurnLimit[],
): string {
  const promise = objective === undefined ? '' : ` of ${percent(objective)} in ${window ?? ''}`
  const fastest = limits.map((limit) => `${short(limit.above)}× (${windowsText(limit)})`)
  return `more than ${percent(above)} of the error budget${promise} left${fastest.length > 0 ? `, and no burn above ${fastest.join(', ')}` : ''}`
}

/** What was measured, in words. */
export function observedText({ remaining, burns }: BudgetState): string {
  const rates = burns.map((burn) => `${short(burn.longRate)}× and ${short(burn.shortRate)}× (${windowsText(burn)})`)
  return [`${percent(remaining)} left`, ...(rates.length > 0 ? [`burning ${rates.join(', ')}`] : [])].join('; ')
}

/** What is wrong, in words. */
export function troubleText({ remaining, spent, burns }: BudgetState): string {
  const left = `${percent(remaining)} of the error budget is left`
  const fast = burns.filter(({ tooFast }) => tooFast)
  return [
    ...(spent ? [remaining > 0 ? `only ${left}` : `the error budget is spent: ${percent(remaining)} is left`] : [left]),
    ...fast.map(
      (burn) =>
        `it burns ${short(burn.longRate)}× over ${inWords(burn.longSeconds)} and ${short(burn.shortRate)}× over ${inWords(burn.shortSeconds)}, above ${short(burn.above)}×`,
    ),
  ].join('; ')
}

/** What is left, in percent, as the sentence of a pass begins. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}

function windowsText({ longSeconds, shortSeconds }: BurnLimit | Burn): string {
  return `${prometheusDuration(longSeconds)}, ${prometheusDuration(shortSeconds)}`
}

function short(rate: number): string {
  return String(Number(rate.toPrecision(3)))
}
