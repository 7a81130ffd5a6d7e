import type { Answer } from '../answer.ts'
import { csv } from '../csv.ts'
import { junitXml, type JunitCase } from '../junit-xml.ts'
import { ago, type Look } from '../look.ts'
import { table } from '../table.ts'

type Verdicts = Answer<'listVerdicts'>
type Outcome = Verdicts['items'][number]['outcome']

const colours = { pass: 'green', fail: 'red', wait: 'yellow', inconclusive: 'red', error: 'red' } as const

/** Verdicts as a list, newest first. */
export function verdictsText({ items }: Verdicts, { paint, now, columns }: Look): string {
  if (items.length === 0) return 'no gate has said anything that fits'
  return table(
    items.map(({ at, environment, releaseVersion, gate, shadow, outcome, reason }) => [
      paint('dim', `${ago(at, now)} ago`),
      paint('bold', environment),
      releaseVersion,
      shadow ? `${gate} (shadow)` : gate,
      paint(colours[outcome], outcome),
      reason,
    ]),
    columns,
  )
}

/** The same for a spreadsheet. */
export function verdictsCsv({ items }: Verdicts): string {
  const head = [
    'at',
    'promotion',
    'environment',
    'release',
    'gate',
    'use',
    'shadow',
    'outcome',
    'reason',
    'expected',
    'observed',
    'links',
  ]
  const rows = items.map((item) => [
    item.at.toISOString(),
    item.promotion,
    item.environment,
    item.releaseVersion,
    item.gate,
    item.use,
    String(item.shadow),
    item.outcome,
    item.reason,
    item.expected,
    item.observed,
    item.links.map(({ url }) => url).join(' '),
  ])
  return csv([head, ...rows]).trimEnd()
}

const junitOutcomes: Record<Outcome, JunitCase['outcome']> = {
  pass: 'passed',
  fail: 'failed',
  wait: 'skipped',
  inconclusive: 'error',
  error: 'error',
}

/** The newest verdict of each gate of each promotion as a test, so that a CI shows the gates as tests; one that waits, or that a shadow said and was no pass, is a skipped test. */
export function verdictsJunit({ items }: Verdicts): string {
  const newest = new Map(items.toReversed().map((item) => [`${item.promotion} ${item.gate}`, item]))
  const cases = [...newest.values()].map(({ environment, releaseVersion, gate, shadow, outcome, reason }) => ({
    group: `${environment}.${releaseVersion}`,
    name: gate,
    outcome: shadow && outcome !== 'pass' ? ('skipped' as const) : junitOutcomes[outcome],
    message: `${shadow ? `in shadow, ${outcome}: ` : outcome === 'inconclusive' ? 'inconclusive: ' : ''}${reason}`,
  }))
  return junitXml('lockflight gates', cases)
}
