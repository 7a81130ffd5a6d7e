import type { Actor } from '../core/actor.ts'
import type { Revision } from '../core/configuration.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** Every configuration the project ever had, newest first. */
export async function listRevisions(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ items: Revision[] }> {
  const revisions = await readProject(app, actor, project, (tx) => tx.revisions.list(project))
  return { items: revisions.toSorted((a, b) => b.number - a.number) }
}
