import type { Actor } from '../core/actor.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'

/** The names of the registered projects that this actor may read. */
export async function visibleProjects(app: App, tx: Transaction, actor: Actor): Promise<string[]> {
  const grants = await tx.members.grantsOf(actor.id)
  const projects = await tx.revisions.projects()
  return projects.filter((project) => app.access.allows(actor, 'project.read', { project, environment: null }, grants))
}
