import type { Actor } from '../core/actor.ts'
import { summaryOf, type ReportSummary } from '../core/report-summary.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { standingReports, type ReportInSight } from './standing-reports.ts'

/** A report of a release in numbers, with where it came from. */
export interface Evidence extends Omit<ReportInSight, 'results'> {
  summary: ReportSummary
}

/** Every report that ever came in about a release, newest first. */
export async function listEvidence(
  app: App,
  actor: Actor,
  { project, release: name }: { project: string; release: string },
): Promise<{ items: Evidence[] }> {
  return readProject(app, actor, project, async (tx) => {
    const release = await tx.releases.find(project, name)
    return { items: (await standingReports(tx, release)).map(evidenceOf) }
  })
}

/** Without the whole of what the report says. */
export function evidenceOf({ results, ...report }: ReportInSight): Evidence {
  return { ...report, summary: summaryOf(results) }
}
