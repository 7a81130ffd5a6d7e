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
  const fastest = limits.map((limit) => `${rounded(limit.above)}× (${windowsText(limit)})`)
  return `more than ${percent(above)} of the error budget${promise} left${fastest.length > 0 ? `, and no burn above ${fastest.join(', ')}` : ''}`
}

/** What was measured, in words. */
export function observedText({ remaining, burns }: BudgetState): string {
  const rates = burns.map((burn) => `${rounded(burn.longRate)}× and ${rounded(burn.shortRate)}× (${windowsText(burn)})`)
  return [`${percent(remaining)} left`, ...(rates.length > 0 ? [`burning ${rates.join(', ')}`] : [])].join('; ')
}

/** What is wrong, in words: the first burn that is too fast in full, the others by their windows. */
export function troubleText({ remaining, spent, burns }: BudgetState): string {
  const left = `${percent(remaining)} of the error budget is left`
  const [first, ...others] = burns.filter(({ tooFast }) => tooFast)
  return [
    ...(spent ? [remaining > 0 ? `only ${left}` : `the error budget is spent: ${percent(remaining)} is left`] : [left]),
    ...(first ? [burnText(first) + alsoText(others)] : []),
  ].join('; ')
}

function burnText({ longSeconds, shortSeconds, longRate, shortRate, above }: Burn): string {
  const [long, short] = [inWords(longSeconds), inWords(shortSeconds)]
  return `it burns ${rounded(longRate)}× over ${long} and ${rounded(shortRate)}× over ${short}, above ${rounded(above)}×`
}

function alsoText(others: Burn[]): string {
  return others.length === 0 ? '' : ` (too fast over ${others.map((burn) => inWords(burn.longSeconds)).join(', ')} too)`
}

/** What is left, in percent, as the sentence of a pass begins. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`
}

function windowsText({ longSeconds, shortSeconds }: BurnLimit | Burn): string {
  return `${prometheusDuration(longSeconds)}, ${prometheusDuration(shortSeconds)}`
}

function rounded(rate: number): string {
  return String(Number(rate.toPrecision(3)))
}
