import type { Actor, ActorId } from '../core/actor.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** The groups of a project and who is in them. */
export async function listGroups(
  app: App,
  actor: Actor,
  { project }: { project: string },
): Promise<{ items: { name: string; members: ActorId[] }[] }> {
  return { items: await readProject(app, actor, project, (tx) => tx.members.groups(project)) }
}
