import type { Actor } from '../core/actor.ts'
import { beforeOf, pageOf, type Page } from '../core/page.ts'
import type { Run, RunState } from '../core/run.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** Runs of a project, newest first. */
export async function listRuns(
  app: App,
  actor: Actor,
  { project, state, cursor, limit }: { project: string; state?: RunState; cursor?: string; limit: number },
): Promise<Page<Run>> {
  const rows = await readProject(app, actor, project, (tx) =>
    tx.runs.list({
      project,
      limit: limit + 1,
      ...(state && { state }),
      ...(cursor && { before: beforeOf(cursor) }),
    }),
  )
  return pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }))
}
