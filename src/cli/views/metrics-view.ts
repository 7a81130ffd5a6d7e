import type { Answer } from '../answer.ts'
import { span, type Look } from '../look.ts'
import { table } from '../table.ts'

type Metrics = Answer<'getMetrics'>['items'][number]

/** The five DORA metrics, environments across; a dash where nothing happened that could be measured. */
export function metricsText({ items }: Answer<'getMetrics'>, { paint }: Look): string {
  const [first] = items
  if (!first) return 'no environments, so nothing to measure yet'
  const row = (label: string, value: (of: Metrics) => string) => [label, ...items.map(value)]
  const rows = [
    ['', ...items.map(({ environment }) => paint('bold', environment))],
    row('deployment frequency', (of) => `${round(of.deploymentsPerDay)} a day (${of.deployments})`),
    row('change lead time', (of) => spread(of.changeLeadTimeSeconds)),
    row('change fail rate', (of) => percent(of.changeFailRate)),
    row('recovery time', (of) => spread(of.recoveryTimeSeconds)),
    row('rework rate', (of) => percent(of.reworkRate)),
  ]
  return `${table(rows)}\n${paint('dim', `over ${first.days} days; times: median, then what 90 % stay under`)}`
}

function spread(seconds: { median: number; p90: number } | null): string {
  return seconds === null ? '–' : `${time(seconds.median)}, ${time(seconds.p90)}`
}

/** What was shorter than a second happened all the same. */
function time(seconds: number): string {
  return seconds < 1 ? '<1s' : span(seconds * 1000)
}

function percent(share: number | null): string {
  return share === null ? '–' : `${round(share * 100)} %`
}

function round(value: number): string {
  return Number(value.toFixed(value < 10 ? 2 : 0)).toString()
}
