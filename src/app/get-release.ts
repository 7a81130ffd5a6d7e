import type { Actor } from '../core/actor.ts'
import type { Attachment } from '../core/attachment.ts'
import type { Attestation } from '../core/attestation.ts'
import type { Quarantine } from '../core/quarantine.ts'
import type { Release } from '../core/release.ts'
import type { StandingReport } from '../core/report.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'
import { currentReports } from './standing-reports.ts'

/** A release with everything that was said about it. */
export interface ReleaseWithAll extends Release {
  attestations: Attestation[]
  reports: StandingReport[]
  quarantine: Quarantine | null
  /** Summaries beside its images. */
  attached: Attachment[]
}

/** Everything there is to say about a release. */
export async function getRelease(
  app: App,
  actor: Actor,
  { project, release: name }: { project: string; release: string },
): Promise<ReleaseWithAll> {
  return readProject(app, actor, project, async (tx) => {
    const release = await tx.releases.find(project, name)
    const attestations = await tx.attestations.of(project, release.digest)
    const reports = await currentReports(tx, release)
    const quarantine = await tx.quarantines.find(project, release.digest)
    const attached = await tx.attachments.of(project, release.digest)
    return { ...release, attestations, reports, quarantine, attached }
  })
}
