import { z } from 'zod'
import { severities, type Severity, type StandingReport } from '../../core/report.ts'

const count = z.int().min(0)
const percent = z.number().min(0).max(100)

/** What an expression may know of the reports of a release; what none of them says is absent. */
export const reportFacts = z.strictObject({
  tests: z.strictObject({ ran: count, passed: count, failed: count, skipped: count, flaky: count }).optional(),
  coverage: z.strictObject({ lines: percent.optional(), branches: percent.optional() }).optional(),
  findings: z
    .strictObject(Object.fromEntries(severities.map((each) => [each, count])) as Record<Severity, typeof count>)
    .optional(),
  components: z.strictObject({ total: count, licenses: z.array(z.string()).optional() }).optional(),
})
export type ReportFacts = z.output<typeof reportFacts>

const mostLicenses = 200
const mostCharacters = 100

/** Adds up what the reports say, each report once; of more licences than an expression may run over none are given. */
export function factsIn(reports: StandingReport[]): ReportFacts {
  const results = [...new Map(reports.map((report) => [report.digest, report.results])).values()]
  const tests = results.flatMap((each) => each.tests ?? [])
  const coverage = results.flatMap((each) => each.coverage ?? [])
  const findings = results.flatMap((each) => (each.findings ? [each.findings] : []))
  const components = results.flatMap((each) => (each.components ? [each.components] : []))
  const sum = (of: 'total' | 'passed' | 'failed' | 'skipped' | 'flaky') =>
    tests.reduce((all, each) => all + each[of], 0)
  const counted = findings.flat().filter(({ suppressed }) => suppressed === null)
  const licenses = [...new Set(components.flat().flatMap((component) => component.licenses))]
  const isShort = licenses.length <= mostLicenses && licenses.every(({ length }) => length <= mostCharacters)
  return {
    ...(tests.length > 0 && {
      tests: {
        ran: sum('total') - sum('skipped'),
        passed: sum('passed'),
        failed: sum('failed'),
        skipped: sum('skipped'),
        flaky: sum('flaky'),
      },
    }),
    ...(coverage.length > 0 && {
      coverage: {
        ...share(
          'lines',
          coverage.map(({ lines }) => lines),
        ),
        ...share(
          'branches',
          coverage.flatMap(({ branches }) => branches ?? []),
        ),
      },
    }),
    ...(findings.length > 0 && {
      findings: Object.fromEntries(
        severities.map((severity) => [severity, counted.filter((each) => each.severity === severity).length]),
      ) as Record<Severity, number>,
    }),
    ...(components.length > 0 && {
      components: { total: components.flat().length, ...(isShort && { licenses: licenses.toSorted() }) },
    }),
  }
}

function share(of: 'lines' | 'branches', counts: { covered: number; total: number }[]) {
  const total = counts.reduce((sum, each) => sum + each.total, 0)
  return total === 0 ? {} : { [of]: (100 * counts.reduce((sum, { covered }) => sum + covered, 0)) / total }
}
