import type { Actor } from '../core/actor.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { visibleProjects } from './visible-projects.ts'

/** One consistent look at a project, for someone who may read it; refuses one that has no configuration. What may be there before its first one, as secrets, groups and entries of the log, is not read with this. */
export function readProject<T>(
  app: App,
  actor: Actor,
  project: string,
  look: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    if (!(await tx.revisions.has(project))) throw unregistered(project, await visibleProjects(app, tx, actor))
    return look(tx)
  })
}

/** How many names are told to whoever may have misspelt one. */
const fewNames = 10

function unregistered(project: string, others: string[]): Refusal {
  const named = others.slice(0, fewNames).join(', ')
  const more = others.length > fewNames ? ` and ${others.length - fewNames} more` : ''
  const instead =
    others.length > 0 ? `expected one of these: ${named}${more}; or register it with` : 'register one with'
  return new Refusal('not_found', `no project ${project} here; ${instead}: lockflight apply`)
}
