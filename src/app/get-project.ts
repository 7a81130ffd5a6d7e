import type { Actor } from '../core/actor.ts'
import type { Configuration, Revision } from '../core/configuration.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** A project as its newest revision describes it. */
export async function getProject(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ project: string; revision: Revision; configuration: Configuration }> {
  const revision = await readProject(app, actor, project, (tx) => tx.revisions.current(project))
  return { project, revision, configuration: revision.configuration }
}
