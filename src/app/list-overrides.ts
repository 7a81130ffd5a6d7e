import type { Actor } from '../core/actor.ts'
import { beforeOf, pageOf, type Page } from '../core/page.ts'
import type { App } from './app.ts'
import { overrideRow, type OverrideRow } from './override-gate.ts'
import { readProject } from './read-project.ts'
import { versionsIn, withVersions } from './versions-in.ts'

/** Which overrides to list; what is absent does not narrow. */
export interface ListOverridesInput {
  project: string
  environment?: string
  promotion?: string
  cursor?: string
  limit: number
}

/** Overrides of a project, newest first, each with where it stands now. */
export async function listOverrides(
  app: App,
  actor: Actor,
  { project, environment, promotion, cursor, limit }: ListOverridesInput,
): Promise<Page<OverrideRow & { releaseVersion: string }>> {
  const rows = await readProject(app, actor, project, async (tx) => {
    const found = await tx.overrides.list({
      project,
      limit: limit + 1,
      ...(environment && { environment }),
      ...(promotion && { promotion }),
      ...(cursor && { before: beforeOf(cursor) }),
    })
    const standing = await Promise.all(found.map((override) => overrideRow(app, tx, override)))
    return withVersions(standing, versionsIn(tx, project))
  })
  return pageOf(rows, limit, ({ requestedAt, id }) => ({ at: requestedAt, id }))
}
