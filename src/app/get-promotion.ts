import type { Actor } from '../core/actor.ts'
import type { Promotion } from '../core/promotion.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** A promotion as it stands, with what was unmet at its last evaluation. */
export async function getPromotion(
  app: App,
  actor: Actor,
  { project, id }: { project: string; id: string },
): Promise<Promotion> {
  return readProject(app, actor, project, (tx) => tx.promotions.get(project, id))
}
