import type { Actor } from '../core/actor.ts'
import { beforeOf, pageOf, type Page } from '../core/page.ts'
import type { Release } from '../core/release.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** Releases of a project, newest first. */
export async function listReleases(
  app: App,
  actor: Actor,
  { project, cursor, limit }: { project: string; cursor?: string; limit: number },
): Promise<Page<Release>> {
  const rows = await readProject(app, actor, project, (tx) =>
    tx.releases.list({ project, limit: limit + 1, ...(cursor && { before: beforeOf(cursor) }) }),
  )
  return pageOf(rows, limit, ({ createdAt, digest }) => ({ at: createdAt, id: digest }))
}
