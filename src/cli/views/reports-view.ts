import type { Answer } from '../answer.ts'
import { ago, type Look } from '../look.ts'
import { table } from '../table.ts'

type Evidence = Answer<'listEvidence'>['items'][number]

/** Reports as a list; what is superseded or not believed says so. */
export function evidenceText({ items }: Answer<'listEvidence'>, { paint, now }: Look): string {
  if (items.length === 0) return 'no reports; hand some in with: lockflight evidence add'
  const rows = items.map((each) => [
    each.format,
    each.job === null ? each.path : `${each.job}/${each.path}`,
    standingOf(each) || summaryText(each.summary),
    each.by,
    paint('dim', `${ago(each.at, now)} ago`),
  ])
  return table([['format', 'report', 'says', 'by', 'came in'].map((head) => paint('dim', head)), ...rows])
}

function standingOf({ disbelief, current }: Evidence): string {
  if (disbelief !== null) return `not believed: ${disbelief}`
  return current ? '' : 'superseded by a newer one'
}

/** A report in one line. */
export function summaryText({ tests, coverage, findings, components }: Evidence['summary']): string {
  const share = ({ covered, total }: { covered: number; total: number }) =>
    total === 0 ? 'none' : `${((100 * covered) / total).toFixed(1)}%`
  return [
    ...(tests
      ? [
          `${tests.passed} of ${tests.total} passed, ${tests.failed} failed${tests.flaky > 0 ? `, ${tests.flaky} flaky` : ''}`,
        ]
      : []),
    ...(coverage
      ? [`lines ${share(coverage.lines)}${coverage.branches ? `, branches ${share(coverage.branches)}` : ''}`]
      : []),
    ...(findings ? [findingsText(findings)] : []),
    ...(components === undefined ? [] : [`${components} components`]),
  ].join('; ')
}

function findingsText(findings: NonNullable<Evidence['summary']['findings']>): string {
  const counts = Object.entries(findings).filter(([, count]) => count > 0)
  return counts.length === 0 ? 'no findings' : counts.map(([severity, count]) => `${count} ${severity}`).join(', ')
}
