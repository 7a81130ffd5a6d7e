import type { Release } from '../core/release.ts'
import type { StandingReport, StoredReport } from '../core/report.ts'
import { receiptProblem } from '../core/report-statement.ts'
import type { Transaction } from '../core/store.ts'
import { verifyOwn } from '../trust/verify-own.ts'

/** A report of a release with whether it can be believed, and whether a newer one has taken its place. */
export interface ReportInSight extends StoredReport, StandingReport {
  current: boolean
}

/** Every report of a release, newest first. What is not what was signed when it came in keeps its name, and loses its results (A30). */
export async function standingReports(tx: Reading, release: About): Promise<ReportInSight[]> {
  const all = await standing(tx, release, 'all')
  const newest = new Set((await tx.reports.of(release.project, release.digest, 'newest')).map(({ id }) => id))
  return all.map((report) => ({ ...report, current: newest.has(report.id) }))
}

/** Those that gates judge by, oldest first: of each format, job and path the newest. */
export async function currentReports(tx: Reading, release: About): Promise<ReportInSight[]> {
  const reports = await standing(tx, release, 'newest')
  return reports.map((report) => ({ ...report, current: true })).toReversed()
}

type Reading = Pick<Transaction, 'reports' | 'keys'>
type About = Pick<Release, 'project' | 'digest' | 'artifacts'>

async function standing(tx: Reading, { project, digest, artifacts }: About, which: 'newest' | 'all') {
  const [stored, keys] = await Promise.all([tx.reports.of(project, digest, which), tx.keys.list()])
  return stored.map(({ bundle, ...report }) => {
    const disbelief = receiptProblem(artifacts, { report, bundle }, { keys, verify: verifyOwn })
    return { ...report, results: disbelief === null ? report.results : {}, disbelief }
  })
}
