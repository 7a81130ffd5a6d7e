import type { Digest } from '../core/digest.ts'
import type { Release } from '../core/release.ts'
import type { StandingReport, StoredReport } from '../core/report.ts'
import { receiptProblem } from '../core/report-statement.ts'
import type { Transaction } from '../core/store.ts'

/** A report of a release with whether it can be believed, and whether a newer one has taken its place. */
export interface ReportInSight extends StoredReport, StandingReport {
  current: boolean
}

/** Every report of a release, newest first. What is not what was signed when it came in keeps its name, and loses its results (A30). */
export async function standingReports(
  tx: Pick<Transaction, 'reports' | 'keys'>,
  { project, digest, artifacts }: Pick<Release, 'project' | 'digest' | 'artifacts'>,
): Promise<ReportInSight[]> {
  const [stored, keys] = await Promise.all([tx.reports.of(project, digest), tx.keys.list()])
  const newest = new Set<string>()
  return stored.map(({ bundle, ...report }) => {
    const disbelief = receiptProblem(artifacts, { report, bundle }, keys)
    const place = JSON.stringify([report.format, report.job, report.path])
    const current = !newest.has(place)
    newest.add(place)
    return { ...report, results: disbelief === null ? report.results : {}, disbelief, current }
  })
}

/** Those that gates judge by. */
export async function currentReports(tx: Transaction, project: string, release: Digest): Promise<ReportInSight[]> {
  const reports = await standingReports(tx, await tx.releases.get(project, release))
  return reports.filter(({ current }) => current).toReversed()
}
