import { windowsOf } from '../core/error-budget.ts'
import { seconds } from '../core/duration.ts'
import { prometheusDuration } from '../core/prometheus-duration.ts'
import { fillPromql } from '../core/promql.ts'
import { burnLimitsOf, type BudgetSettings, type BudgetSource } from './budget-settings.ts'

/** What is asked to know the share of bad events over one window. */
export interface ShareQuery {
  windowSeconds: number
  /** What the answers are: that share itself, or how many of all events were good, or bad. */
  kind: 'ratio' | 'good' | 'bad'
  /** One for a ratio; the part and the total otherwise. */
  queries: string[]
  /** The share in one piece, for people to look at. */
  shown: string
}

/** Windows that must have data, the shortest first: those of the limits, of the promise, and the last minutes, so that nothing stale is judged. */
export function windowsAsked(settings: BudgetSettings, source: BudgetSource): number[] {
  const promise = { objective: settings.objective ?? 0, windowSeconds: seconds(settings.window ?? '30d') }
  const all = [...windowsOf(promise, burnLimitsOf(settings, source)), seconds(settings['max-age'])]
  return [...new Set(all)].toSorted((one, other) => one - other)
}

/** Every query the shares need, from that source. */
export function shareQueries(
  settings: BudgetSettings,
  source: Exclude<BudgetSource, 'service'>,
  values: Record<string, string>,
): ShareQuery[] {
  return windowsAsked(settings, source).map((windowSeconds) => {
    switch (source) {
      case 'sloth':
        return ratio(windowSeconds, slothQuery(settings['sloth-id'] ?? '', windowSeconds))
      case 'pyrra':
        return ratio(windowSeconds, pyrraQuery(settings, windowSeconds))
      case 'queries':
        return ownQuery(settings, windowSeconds, values)
    }
  })
}

/** What tells whether the rules of Sloth, or of Pyrra, are there at all. */
export function presenceQuery(settings: BudgetSettings, source: 'sloth' | 'pyrra'): string | null {
  if (source === 'sloth') return settings['sloth-id'] === undefined ? null : slothQuery(settings['sloth-id'], 300)
  if (settings['pyrra-slo'] === undefined) return null
  return fillPromql('pyrra_objective{slo="{{slo}}"}', { slo: settings['pyrra-slo'] })
}

function slothQuery(id: string, windowSeconds: number): string {
  const name = `slo:sli_error:ratio_rate${prometheusDuration(windowSeconds)}`
  return fillPromql(`${name}{sloth_id="{{id}}"}`, { id })
}

/** What Pyrra calls a burn rate is the share of errors; it keeps none over the whole window, but the availability. */
function pyrraQuery({ 'pyrra-slo': slo = '', window = '30d' }: BudgetSettings, windowSeconds: number): string {
  if (windowSeconds === seconds(window)) return fillPromql('1 - pyrra_availability{slo="{{slo}}"}', { slo })
  const name = `.+:burnrate${prometheusDuration(windowSeconds)}`
  return fillPromql(`{__name__=~"${name}", slo="{{slo}}"}`, { slo })
}

function ownQuery(settings: BudgetSettings, windowSeconds: number, values: Record<string, string>): ShareQuery {
  const { good, bad, total = '', 'bad-ratio': badRatio } = settings
  const fill = (query: string) => fillPromql(query, { ...values, window: prometheusDuration(windowSeconds) })
  if (badRatio !== undefined) return ratio(windowSeconds, fill(badRatio))
  const [part, all] = [fill(good ?? bad ?? ''), fill(total)]
  const share = `(${part}) / (${all})`
  return good === undefined
    ? { windowSeconds, kind: 'bad', queries: [part, all], shown: share }
    : { windowSeconds, kind: 'good', queries: [part, all], shown: `1 - ${share}` }
}

function ratio(windowSeconds: number, query: string): ShareQuery {
  return { windowSeconds, kind: 'ratio', queries: [query], shown: query }
}
