import { z } from 'zod'
import { after, duration, durationWithin, inWords, seconds } from '../core/duration.ts'
import type { Subject, VerdictInput } from '../core/gate.ts'
import { outsideUrl } from '../core/outside-url.ts'
import { fillPromql } from '../core/promql.ts'
import { defineGate } from './define-gate.ts'
import { aggregates, oneNumber, type Known } from './one-number.ts'
import {
  asksForRunning,
  filledLink,
  linkTemplate,
  placeholderValues,
  promqlTemplate,
  runningIn,
  runningRelease,
  type RunningRelease,
} from './placeholders.ts'
import { askPrometheus, queryLink, reading } from './prometheus.ts'
import { headersOfSecrets } from './headers-of-secrets.ts'

const config = z.strictObject({
  prometheus: outsideUrl.describe('Where Prometheus, or what speaks its API, answers'),
  query: promqlTemplate().describe(
    'PromQL of one number. {{release}}, {{version}}, {{commit}}, {{environment}}, {{project}}, and of what runs there now {{running}}, {{running-version}}, {{running-commit}} may stand inside double quotes',
  ),
  is: z.enum(['<', '<=', '>', '>=']).describe('How the number must compare'),
  than: z
    .union([z.number(), z.literal('running')])
    .describe('A number, or `running`: the same query with the release that runs there now in the place of this one'),
  times: z.number().positive().default(1).describe('Compare with that many times `than`, such as 1.1 for ten percent'),
  aggregate: z.enum(aggregates).optional().describe('What to make of several series; without it they are an error'),
  newest: promqlTemplate()
    .optional()
    .describe('A selector of series that must have a sample not older than `max-age`, as no query says how old it is'),
  'max-age': duration.default('5m').describe('How old the newest sample of `newest` may be'),
  'nothing-running': z
    .enum(['pass', 'inconclusive'])
    .default('inconclusive')
    .describe('What to say when nothing runs there yet to compare with'),
  recheck: durationWithin('10s', '1d').default('1m').describe('How soon to ask again when it did not pass'),
  'secret-headers': headersOfSecrets,
  dashboard: linkTemplate.optional().describe('A link for people; the placeholders may stand in it'),
  runbook: linkTemplate.optional().describe('A link for people; the placeholders may stand in it'),
})
type Config = z.output<typeof config>

const evidence = z.strictObject({
  running: runningRelease.nullable(),
  reading: reading.nullable(),
  /** The same of what runs; null when it was not asked for. */
  compared: reading.nullable(),
  /** How old the newest sample is, in seconds; null when it was not asked for. */
  age: reading.nullable(),
})
type Evidence = z.output<typeof evidence>

/** A number from Prometheus must compare as it should with a bound, or with the release that runs there now; doubt is never a pass. */
export const metric = defineGate({
  config,
  evidence,
  reads: 'outside',
  maxAgeSeconds: 120,
  timeoutSeconds: 20,

  async observe(settings, subject, { records, outside, timeoutSeconds }) {
    const running = await runningIn(subject, { records })
    const queries = queriesOf(settings, subject, running)
    if (!queries) return { running, reading: null, compared: null, age: null }
    // A little less than the gate has, so that its own words about it are heard.
    const source = { ...settings, timeoutSeconds: timeoutSeconds * 0.9 }
    const ask = (query: string | null) => (query === null ? null : askPrometheus(source, query, outside))
    const [seen, compared, age] = await Promise.all([ask(queries.seen), ask(queries.compared), ask(queries.age)])
    return { running, reading: seen, compared, age }
  },

  judge(settings, seen, subject) {
    const values = placeholderValues(subject, seen.running)
    const expected = `${settings.is} ${settings.than === 'running' ? whatRuns(settings, seen) : bound(settings, settings.than)}`
    const links = [
      ...(seen.reading ? [queryLink(settings.prometheus, seen.reading.query)] : []),
      ...filledLink('dashboard', settings.dashboard, values),
      ...filledLink('runbook', settings.runbook, values),
    ]
    const verdict = compare(settings, seen, subject)
    const recheckAt = verdict.outcome === 'pass' ? null : after(subject.at, seconds(settings.recheck)).toISOString()
    const unblock =
      verdict.outcome === 'error' ? 'whoever runs Prometheus' : 'the measured value; whoever runs the service'
    return { observed: 'no value', expected, links, unblock, recheckAt, ...verdict }
  },
})

interface Queries {
  seen: string
  compared: string | null
  age: string | null
}

/** What is to be asked; null when it asks for the release that runs there, and none does. */
function queriesOf({ query, than, newest }: Config, subject: Subject, running: RunningRelease | null): Queries | null {
  const asks = [query, newest ?? ''].some(asksForRunning) || than === 'running'
  if (asks && running === null) return null
  const values = placeholderValues(subject, running)
  const { running: release, 'running-version': version, 'running-commit': commit } = values
  return {
    seen: fillPromql(query, values),
    compared: than === 'running' ? fillPromql(query, { ...values, release, version, commit }) : null,
    age: newest === undefined ? null : `time() - max(timestamp(${fillPromql(newest, values)}))`,
  }
}

function compare(
  settings: Config,
  seen: Evidence,
  subject: Subject,
): Pick<VerdictInput, 'outcome' | 'reason' | 'observed'> {
  const { is, than, aggregate, 'nothing-running': nothingRunning, 'max-age': maxAge } = settings
  const { at } = subject
  const queries = queriesOf(settings, subject, seen.running)
  if (!queries) return { outcome: nothingRunning, reason: 'nothing runs there yet to compare with' }
  const asked = [seen.reading?.query, seen.compared?.query ?? null, seen.age?.query ?? null]
  if (!seen.reading || asked.join('\n') !== [queries.seen, queries.compared, queries.age].join('\n')) {
    return { outcome: 'inconclusive', reason: 'what was seen answers another query than the one to judge' }
  }
  const value = oneNumber(seen.reading, { at, aggregate })
  if ('outcome' in value) return value
  const observed = shown(value.value)
  const age = ageOf(settings, seen, at)
  if ('outcome' in age) return { ...age, observed }
  if (age.value > seconds(maxAge)) {
    return { outcome: 'inconclusive', reason: `stale: the newest sample is ${inWords(age.value)} old`, observed }
  }
  const other: Known = than === 'running' ? otherOf(seen, { at, aggregate }) : { value: than }
  if ('outcome' in other) return { ...other, reason: `of the release that runs there: ${other.reason}`, observed }
  const limit = other.value * settings.times
  const passes = holds(is, value.value, limit)
  return {
    outcome: passes ? 'pass' : 'fail',
    reason: `the value is ${observed}; it must be ${is} ${shown(limit)}`,
    observed: than === 'running' ? `${observed}; ${shown(other.value)} for the release that runs there` : observed,
  }
}

function ageOf({ newest }: Config, { age }: Evidence, at: Date): Known {
  if (newest === undefined) return { value: 0 }
  if (!age) return { outcome: 'inconclusive', reason: 'nobody asked how old the newest sample is' }
  const known = oneNumber(age, { at })
  return 'value' in known ? known : { ...known, reason: `the age of the newest sample is not known: ${known.reason}` }
}

function otherOf({ compared }: Evidence, asked: Parameters<typeof oneNumber>[1]): Known {
  return compared ? oneNumber(compared, asked) : { outcome: 'inconclusive', reason: 'it was not asked for' }
}

function holds(is: Config['is'], value: number, limit: number): boolean {
  switch (is) {
    case '<':
      return value < limit
    case '<=':
      return value <= limit
    case '>':
      return value > limit
    case '>=':
      return value >= limit
  }
}

function bound({ times }: Config, than: number): string {
  return shown(than * times)
}

function whatRuns({ times }: Config, { running }: Evidence): string {
  const which = running ? `${running.version}, which runs there` : 'what runs there'
  return times === 1 ? which : `${times} × ${which}`
}

/** Four digits are enough to see on which side of a bound a value is. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)))
}
