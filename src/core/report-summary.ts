import { z } from 'zod'
import { coverageCount, severities, testResults, type ReportResults } from './report.ts'

const count = z.int().min(0)

/** What a report says in numbers alone; keys are absent for what it says nothing about. */
export const reportSummary = z.strictObject({
  tests: testResults.omit({ failures: true }).optional(),
  coverage: z.strictObject({ lines: coverageCount, branches: coverageCount.nullable(), files: count }).optional(),
  /** How many of each severity count, and how many the tool suppressed. */
  findings: z.strictObject({ ...severityCounts(), suppressed: count }).optional(),
  components: count.optional(),
})
export type ReportSummary = z.output<typeof reportSummary>

/** The numbers of a report, for lists, the log and signed statements. */
export function summaryOf({ tests, coverage, findings, components }: ReportResults): ReportSummary {
  const of = (severity: string) =>
    findings?.filter((each) => each.suppressed === null && each.severity === severity).length ?? 0
  return {
    ...(tests && { tests: withoutFailures(tests) }),
    ...(coverage && {
      coverage: { lines: coverage.lines, branches: coverage.branches, files: coverage.files.length },
    }),
    ...(findings && {
      findings: {
        critical: of('critical'),
        high: of('high'),
        medium: of('medium'),
        low: of('low'),
        info: of('info'),
        unknown: of('unknown'),
        suppressed: findings.filter((each) => each.suppressed !== null).length,
      },
    }),
    ...(components && { components: components.length }),
  }
}

function withoutFailures({ total, passed, failed, skipped, flaky }: NonNullable<ReportResults['tests']>) {
  return { total, passed, failed, skipped, flaky }
}

function severityCounts() {
  return Object.fromEntries(severities.map((severity) => [severity, count])) as Record<
    (typeof severities)[number],
    typeof count
  >
}
