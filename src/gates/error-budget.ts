import { z } from 'zod'
import { after, seconds } from '../core/duration.ts'
import { budgetState, type BudgetState } from '../core/error-budget.ts'
import type { Subject, VerdictInput } from '../core/gate.ts'
import type { Link } from '../core/link.ts'
import { oneLine } from '../core/one-line.ts'
import { prometheusDuration } from '../core/prometheus-duration.ts'
import { presenceQuery, shareQueries, windowsAsked, type ShareQuery } from './budget-queries.ts'
import { askBudget, ratesOf, budgetSaid } from './asked-budget.ts'
import { budgetSettings, budgetSources, burnLimitsOf, type BudgetSettings } from './budget-settings.ts'
import { expectedText, observedText, percent, sourceNames, troubleText } from './budget-text.ts'
import { defineGate } from './define-gate.ts'
import { filledLink, placeholderValues, runningIn, runningRelease } from './placeholders.ts'
import { askPrometheus, queryLink, reading, type Reading } from './prometheus.ts'
import { shareOf } from './share-of.ts'

const evidence = z.strictObject({
  running: runningRelease.nullable(),
  /** Where the shares of bad events are from; null when nobody was asked, or no recording rules were found. */
  source: z.enum(budgetSources).nullable(),
  /** What was asked to find recording rules. */
  looked: z.array(reading),
  windows: z.array(z.strictObject({ windowSeconds: z.int(), readings: z.array(reading) })),
  service: budgetSaid.nullable(),
})
type Evidence = z.output<typeof evidence>

/** Enough of the error budget must be left and none of it may burn too fast; a rollback and a hotfix pass all the same, and say so. */
export const errorBudget = defineGate({
  config: budgetSettings,
  evidence,
  reads: 'outside',
  maxAgeSeconds: 120,
  timeoutSeconds: 30,

  letsThrough: ({ exempt }, promotionClass) => exempt.includes(promotionClass),

  async observe(settings, subject, { records, outside, timeoutSeconds: whole }) {
    const nothing = { running: null, source: null, looked: [], windows: [], service: null }
    // What is down must not be in the way of a rollback.
    if (settings.exempt.includes(subject.promotion.class)) return nothing
    if (settings.service !== undefined) {
      const service = await askBudget(settings, subject, { outside, timeoutSeconds: whole * 0.9 })
      return { ...nothing, source: 'service' as const, service }
    }
    if (settings.prometheus === undefined) return nothing
    // It asks in two rounds, which together take a little less than the gate has, so that its own words are heard.
    const from = { ...settings, prometheus: settings.prometheus, timeoutSeconds: whole * 0.45 }
    const ask = (query: string) => askPrometheus(from, query, outside)
    const running = await runningIn(subject, { records })
    const { source, looked } = await findSource(settings, ask)
    if (source === null) return { ...nothing, running, looked }
    const queries = shareQueries(settings, source, placeholderValues(subject, running))
    const windows = await Promise.all(
      queries.map(async ({ windowSeconds, queries: each }) => ({
        windowSeconds,
        readings: await Promise.all(each.map(ask)),
      })),
    )
    return { ...nothing, running, source, looked, windows }
  },

  judge(settings, seen, subject) {
    const { promotion, at } = subject
    const values = placeholderValues(subject, seen.running)
    const forPeople = [
      ...filledLink('dashboard', settings.dashboard, values),
      ...filledLink('runbook', settings.runbook, values),
    ]
    const expected = expectedText(settings, burnLimitsOf(settings, seen.source ?? 'queries'))
    if (settings.exempt.includes(promotion.class)) {
      const reason = `let through whatever is left of the error budget: a ${promotion.class}, asked for by ${promotion.requestedBy}`
      return { outcome: 'pass', reason, expected, observed: 'not asked', links: forPeople }
    }
    const known = stateOf(settings, seen, subject)
    if (!('state' in known)) {
      const unblock =
        known.outcome === 'error' ? 'whoever runs what this gate asks' : 'data; whoever measures the service'
      const recheckAt = after(at, 60).toISOString()
      return { ...known, expected, observed: 'not known', links: forPeople, unblock, recheckAt }
    }
    return { expected, ...verdictOn(settings, known, at), links: [...known.links, ...forPeople] }
  },
})

type Ask = (query: string) => Promise<Reading>

/** Recording rules before own queries: they are what the team's alerts and dashboards show. */
async function findSource(
  settings: BudgetSettings,
  ask: Ask,
): Promise<{ source: 'sloth' | 'pyrra' | 'queries' | null; looked: Reading[] }> {
  const looked: Reading[] = []
  for (const source of ['sloth', 'pyrra'] as const) {
    const query = presenceQuery(settings, source)
    if (query === null) continue
    const answer = await ask(query)
    looked.push(answer)
    if (answer.problem !== null) return { source: null, looked }
    if (answer.samples.length > 0) return { source, looked }
  }
  return { source: settings.total === undefined && settings['bad-ratio'] === undefined ? null : 'queries', looked }
}

interface KnownState {
  state: BudgetState
  /** From where, in words. */
  from: string
  /** The PromQL that shows the share over the window that matters most; empty when there is none. */
  query: string
  links: Link[]
}
type Unknown = Pick<VerdictInput, 'outcome' | 'reason'>

function stateOf(settings: BudgetSettings, seen: Evidence, subject: Subject): KnownState | Unknown {
  const { source, looked, service } = seen
  const windowSeconds = seconds(settings.window ?? '30d')
  if (source === 'service' && service) {
    const windows = windowsAsked(settings, source).filter((window) => window !== seconds(settings['max-age']))
    const needed = { windows, windowSeconds, at: subject.at, maxAgeSeconds: seconds(settings['max-age']) }
    const rates = ratesOf(service, needed)
    if (!(rates instanceof Map)) return rates
    // Of a budget of 1, the burn rates are the shares.
    const state = reckon(settings, { objective: 0, windowSeconds, source, shares: rates })
    return { state, from: sourceNames[source], query: '', links: service.answer?.links ?? [] }
  }
  if (source === null || source === 'service' || settings.objective === undefined) {
    const problem = looked.find((each) => each.problem !== null)?.problem
    return problem ? { outcome: 'error', reason: problem } : { outcome: 'inconclusive', reason: noSource(settings) }
  }
  const queries = shareQueries(settings, source, placeholderValues(subject, seen.running))
  const shares = sharesOf(settings, { queries, seen, at: subject.at })
  if (!(shares instanceof Map)) return { ...shares, reason: `${shares.reason} (${sourceNames[source]})` }
  const state = reckon(settings, { objective: settings.objective, windowSeconds, source, shares })
  const matters = windowsThatMatter(state, windowSeconds)
  const shown = queries.filter((each) => matters.includes(each.windowSeconds))
  const links = shown.map(({ shown: query, windowSeconds: length }) =>
    queryLink(settings.prometheus ?? '', query, `bad events over ${prometheusDuration(length)} in Prometheus`),
  )
  return { state, from: sourceNames[source], query: shown[0]?.shown ?? '', links }
}

function noSource({ 'slo-file': file, objective, total, 'bad-ratio': badRatio }: BudgetSettings): string {
  if (file !== undefined && objective === undefined) return `${file} was not read when this policy was applied`
  if (total !== undefined || badRatio !== undefined) return 'nobody was asked when this was recorded'
  return 'no data: there are no such recording rules, and the policy has no queries of its own'
}

function sharesOf(
  settings: BudgetSettings,
  { queries, seen, at }: { queries: ShareQuery[]; seen: Evidence; at: Date },
): Map<number, number> | Unknown {
  const shares = new Map<number, number>()
  const unknown: Unknown[] = []
  for (const query of queries) {
    const readings = seen.windows.find(({ windowSeconds }) => windowSeconds === query.windowSeconds)?.readings ?? []
    const share = shareOf(query, readings, { at, whenIdle: settings['when-idle'] })
    if ('value' in share) shares.set(query.windowSeconds, share.value)
    else unknown.push(share)
  }
  return unknown.find(({ outcome }) => outcome === 'error') ?? unknown[0] ?? shares
}

function reckon(
  settings: BudgetSettings,
  given: {
    objective: number
    windowSeconds: number
    source: NonNullable<Evidence['source']>
    shares: Map<number, number>
  },
): BudgetState {
  const rules = { above: settings['remaining-above'], limits: burnLimitsOf(settings, given.source) }
  return budgetState(given, rules, given.shares)
}

/** Those of what is wrong, of burns the first one; the whole window when nothing is. */
function windowsThatMatter({ spent, burns, fine }: BudgetState, windowSeconds: number): number[] {
  const burning = burns.find(({ tooFast }) => tooFast)
  return [...(spent || fine ? [windowSeconds] : []), ...(burning ? [burning.longSeconds] : [])]
}

function verdictOn({ recheck }: BudgetSettings, { state, from, query }: KnownState, at: Date): VerdictInput {
  const observed = `${observedText(state)}${query === '' ? '' : `; ${oneLine(query, 300)}`}`
  if (state.fine) {
    return {
      outcome: 'pass',
      observed,
      reason: `${percent(state.remaining)} of the error budget is left, and no burn is too fast, ${from}`,
    }
  }
  const fineAt = state.fineAfterSeconds === null ? null : after(at, state.fineAfterSeconds)
  const latest = after(at, seconds(recheck))
  const predicted = fineAt
    ? `predicted to be fine at ${fineAt.toISOString().replace(/\.[0-9]+Z$/, 'Z')} if nothing else fails`
    : 'when it will be fine again cannot be predicted'
  return {
    outcome: 'fail',
    observed,
    reason: `${troubleText(state)}, ${from}; ${predicted}`,
    unblock: 'time; a rollback; a fix that someone with promotion.hotfix promotes with --class hotfix',
    recheckAt: (fineAt !== null && fineAt < latest ? fineAt : latest).toISOString(),
  }
}
