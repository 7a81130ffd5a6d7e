import { seconds } from './duration.ts'
import { openSloObject } from './openslo-schema.ts'
import type { OpenSlo, OpenSloIndicator, OpenSloMetric, OpenSloObject, OpenSloObjective } from './openslo-schema.ts'
import { prometheusDuration } from './prometheus-duration.ts'
import { readYamlAs } from './read-configuration.ts'
import { Refusal } from './refusal.ts'

/** What an SLO says, as the settings of an error-budget gate; the queries take `{{window}}`. */
export interface SloSettings {
  objective: number
  window: string
  good?: string
  bad?: string
  total?: string
  'bad-ratio'?: string
  /** Where to ask, when the file names a data source with a `url`. */
  prometheus?: string
  /** How Sloth and Pyrra call it in their recording rules. */
  'sloth-id': string
  'pyrra-slo': string
}

/** Reads the SLO of that name, or the only one, from a file of OpenSLO v1 objects; refuses with `invalid` what is not one, or what cannot be measured here. */
export function readOpenSlo(text: string, file: string, name: string | undefined): SloSettings {
  const objects = documentsIn(text).map((document) =>
    readYamlAs<OpenSloObject>(openSloObject, { text: document, file, what: 'file of OpenSLO v1 objects' }),
  )
  const slo = chosen(objects, file, name)
  const refuse = (why: string) => new Refusal('invalid', `${file}: SLO ${slo.metadata.name}: ${why}`)
  const { service, timeWindow, budgetingMethod, objectives } = slo.spec
  const [window, objective] = [timeWindow[0]?.duration ?? '', objectives[0] ?? {}]
  const indicator = indicatorOf(slo, objects, refuse)
  const measure = { objective, slices: budgetingMethod === 'Timeslices' ? sliceOf(objective, refuse) : null, refuse }
  return {
    objective: targetOf(objective, refuse),
    window,
    ...measured(indicator, measure),
    ...sourceOf(indicator, objects, refuse),
    'sloth-id': `${service}-${slo.metadata.name}`,
    'pyrra-slo': slo.metadata.name,
  }
}

type Refuse = (why: string) => Refusal

interface Slice {
  target: number
  window: string
}

interface Measure {
  objective: OpenSloObjective
  slices: Slice | null
  refuse: Refuse
}

/** Each document behind as many empty lines as stand before it, so that problems are told at their place in the file. */
function documentsIn(text: string): string[] {
  const documents: string[] = []
  let before = 0
  for (const document of text.split(/^---(?=\s|$)/m)) {
    if (/^\s*[^\s#]/m.test(document)) documents.push('\n'.repeat(before) + document)
    before += document.split('\n').length - 1
  }
  return documents
}

function chosen(objects: OpenSloObject[], file: string, name: string | undefined): OpenSlo {
  const slos = objects.filter((each): each is OpenSlo => each.kind === 'SLO')
  const fitting = slos.filter(({ metadata }) => name === undefined || metadata.name === name)
  const [only, ...others] = fitting
  if (only && others.length === 0) return only
  const names = slos.map(({ metadata }) => metadata.name).join(', ') || 'none'
  const expected = name === undefined ? 'one SLO, or `slo` to say which' : `one SLO called ${name}`
  throw new Refusal('invalid', `${file}: expected ${expected}; found ${names}`)
}

function indicatorOf(slo: OpenSlo, objects: OpenSloObject[], refuse: Refuse): OpenSloIndicator {
  const { indicator, indicatorRef } = slo.spec
  if (indicator && indicatorRef === undefined) return indicator.spec
  if (indicator || indicatorRef === undefined) throw refuse('expected either `indicator` or `indicatorRef`')
  for (const each of objects)
    if (each.kind === 'SLI' && each.metadata.name === indicatorRef) return each.spec as OpenSloIndicator
  throw refuse(`expected the SLI ${indicatorRef} in the same file; found none`)
}

function targetOf({ target, targetPercent }: OpenSloObjective, refuse: Refuse): number {
  if ((target === undefined) === (targetPercent === undefined)) {
    throw refuse('expected either `target` or `targetPercent` in its objective')
  }
  return target ?? Number(((targetPercent ?? 0) / 100).toPrecision(12))
}

function sliceOf({ timeSliceTarget, timeSliceWindow }: OpenSloObjective, refuse: Refuse): Slice {
  if (timeSliceTarget === undefined || timeSliceWindow === undefined) {
    throw refuse('expected `timeSliceTarget` and `timeSliceWindow`, as it counts time slices')
  }
  const length = typeof timeSliceWindow === 'number' ? timeSliceWindow * 60 : seconds(timeSliceWindow)
  return { target: timeSliceTarget, window: prometheusDuration(length) }
}

type Measured = Pick<SloSettings, 'good' | 'bad' | 'total' | 'bad-ratio'>

function measured({ ratioMetric, thresholdMetric }: OpenSloIndicator, measure: Measure): Measured {
  const { refuse } = measure
  if (ratioMetric && !thresholdMetric) return ratio(ratioMetric, measure)
  if (thresholdMetric && !ratioMetric) return threshold(thresholdMetric, measure)
  throw refuse('expected either `ratioMetric` or `thresholdMetric`')
}

function ratio(given: NonNullable<OpenSloIndicator['ratioMetric']>, { slices, refuse }: Measure): Measured {
  const { good, bad, total, raw, rawType, counter } = given
  if (raw) {
    if (good || bad || total || !rawType) throw refuse('expected `raw` with `rawType` and nothing beside them')
    if (slices) throw refuse('expected `good` or `bad`, and `total`, to count time slices; found `raw`')
    const share = averaged(queryOf(raw))
    return { 'bad-ratio': rawType === 'failure' ? share : `1 - ${share}` }
  }
  const part = good ?? bad
  if (!total || !part || (good && bad) || rawType) throw refuse('expected `total` with either `good` or `bad`')
  const counted = (metric: OpenSloMetric) => overWindow(queryOf(metric), counter === true, refuse)
  if (!slices) return { [good ? 'good' : 'bad']: counted(part), total: counted(total) }
  const { window, target } = slices
  const inSlice = (metric: OpenSloMetric) => counted(metric).replaceAll('{{window}}', window)
  const share = `(${inSlice(part)}) / ((${inSlice(total)}) > 0)`
  const isGood = good ? `${share} >= bool ${target}` : `1 - ${share} >= bool ${target}`
  return { 'bad-ratio': `1 - avg_over_time((${isGood})[{{window}}:${window}])` }
}

const comparison = { lte: '<=', gte: '>=', lt: '<', gt: '>' }

function threshold(metric: OpenSloMetric, { objective, slices, refuse }: Measure): Measured {
  const { op, value } = objective
  if (op === undefined || value === undefined)
    throw refuse('expected `op` and `value` in its objective, to compare with')
  const query = queryOf(metric)
  if (query.includes('{{window}}')) throw refuse('expected a query of the value itself; found one over a window')
  const holds = `(${query}) ${comparison[op]} bool ${value}`
  if (!slices) return { 'bad-ratio': `1 - avg_over_time((${holds})[{{window}}:1m])` }
  const { window, target } = slices
  const isGood = `avg_over_time((${holds})[${window}:1m]) >= bool ${target}`
  return { 'bad-ratio': `1 - avg_over_time((${isGood})[{{window}}:${window}])` }
}

/** Sloth and others write the window as `{{.window}}`. */
function queryOf({ metricSource }: OpenSloMetric): string {
  return metricSource.spec.query.trim().replaceAll(/\{\{\s*\.?window\s*\}\}/g, '{{window}}')
}

const selector = /^[a-zA-Z_:][a-zA-Z0-9_:]*\s*(\{[^{}[\]]*\})?$/

function overWindow(query: string, counter: boolean, refuse: Refuse): string {
  if (query.includes('{{window}}')) return query
  if (!counter) return `sum_over_time((${query})[{{window}}:1m])`
  if (selector.test(query)) return `sum(increase(${query}[{{window}}]))`
  throw refuse(
    `expected a counter, or a query with {{window}} such as sum(increase(requests_total[{{window}}])); found ${query}`,
  )
}

function averaged(query: string): string {
  return query.includes('{{window}}') ? `(${query})` : `avg_over_time((${query})[{{window}}:1m])`
}

/** All metrics must come from one Prometheus. */
function sourceOf(indicator: OpenSloIndicator, objects: OpenSloObject[], refuse: Refuse): { prometheus?: string } {
  const { good, bad, total, raw } = indicator.ratioMetric ?? {}
  const metrics = [indicator.thresholdMetric, good, bad, total, raw].flatMap((each) => each ?? [])
  const urls = metrics.map(({ metricSource: { type, metricSourceRef } }) => {
    const source = objects.find((each) => each.kind === 'DataSource' && each.metadata.name === metricSourceRef)
    const spec =
      source?.kind === 'DataSource' ? (source.spec as { type: string; connectionDetails?: { url?: string } }) : null
    const kind = spec?.type ?? type ?? 'none'
    if (kind.toLowerCase() !== 'prometheus') throw refuse(`expected metrics of type Prometheus; found ${kind}`)
    return spec?.connectionDetails?.url
  })
  const [url, ...others] = [...new Set(urls)]
  if (others.length > 0) throw refuse('expected all metrics from one Prometheus; found several')
  return url === undefined ? {} : { prometheus: url }
}
