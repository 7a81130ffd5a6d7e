import type { Actor } from '../core/actor.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** One consistent look at a project, for someone who may read it. */
export function readProject<T>(
  app: App,
  actor: Actor,
  project: string,
  look: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    return look(tx)
  })
}
