import type { Finding, Report, ReportResults } from '../../src/core/report.ts'
import { digestOf, digestOfJson } from '../../src/core/digest.ts'
import { judgeAgain } from '../../src/core/evaluate.ts'
import { quality } from '../../src/gates/quality.ts'
import { deployment, release, subject, worldOf, type Facts } from './gate-world.ts'

/** The release that runs in the environment of the subject. */
export const running = {
  ...release,
  digest: digestOf('running'),
  version: '6-bbbbbbb',
  source: { ...release.source, commit: 'b'.repeat(40) },
}
/** Facts in which it does. */
export const live = { deployments: [deployment({ environment: 'prod', release: running.digest })], releases: [running] }

/** A report with these results. */
export function reportOf(results: ReportResults, given: Partial<Report> = {}): Report {
  return { format: 'some', job: 'test', path: 'report', digest: digestOfJson([results, given]), results, ...given }
}

/** How much of something is covered. */
export const counts = (covered: number, total: number) => ({ covered, total })
/** A report that so many of 1000 lines, and of 1000 branches, are covered. */
export const covers = (
  lines: number,
  branches: number | null = null,
  files: { path: string; covered: string; uncovered: string }[] = [],
) =>
  reportOf({
    coverage: { lines: counts(lines, 1000), branches: branches === null ? null : counts(branches, 1000), files },
  })

/** One finding of that rule, a bad one. */
export function finding(rule: string, given: Partial<Finding> = {}): Finding {
  const where = given.where ?? 'pkg:npm/left-pad@1.0.0'
  const found = { rule, aliases: [], severity: 'high' as const, where, message: 'bad', suppressed: null, fixedIn: null }
  return { ...found, fingerprint: `${rule} ${where}`, ...given }
}
/** A report of these findings. */
export const finds = (...findings: Finding[]) => reportOf({ findings })

/** A report of components, each with the licences it declares. */
export const uses = (...licenses: string[][]) =>
  reportOf({
    components: licenses.map((declared, index) => ({
      name: `part-${index}`,
      version: '1.0.0',
      purl: null,
      licenses: declared,
    })),
  })

/** What the gate says about these facts, or about these reports where nothing runs yet. */
export async function judged(facts: Facts | Report[], settings: object = {}, at = subject.at) {
  const world = worldOf(Array.isArray(facts) ? { reports: facts } : facts)
  const evidence = await quality.observe(quality.config.parse(settings), subject, world)
  const config = settings as Record<string, unknown>
  return judgeAgain(quality, {
    config,
    evidence: JSON.parse(JSON.stringify(evidence)),
    subject: { ...subject, at },
  })
}
