import type { Actor } from '../core/actor.ts'
import type { EntryTally } from '../core/entry.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** How many entries of each kind the log has about a project; no count ever goes down. */
export async function countEntries(app: App, actor: Actor, { project }: { project: string }): Promise<EntryTally[]> {
  return readProject(app, actor, project, (tx) => tx.entries.tallies(project))
}
