import type { Actor } from '../core/actor.ts'
import type { Revision } from '../core/configuration.ts'
import type { App } from './app.ts'
import { visibleProjects } from './visible-projects.ts'

/** The projects this actor may read, each with its newest revision; never refuses, the list may be empty. */
export async function listProjects(
  app: App,
  actor: Actor,
): Promise<{ items: { project: string; revision: Revision }[] }> {
  return app.store.read(async (tx) => {
    const items = []
    for (const project of await visibleProjects(app, tx, actor)) {
      items.push({ project, revision: await tx.revisions.current(project) })
    }
    return { items }
  })
}
