import type { Permission } from '../core/access.ts'
import type { Actor } from '../core/actor.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Locks a promotion for someone who has that permission where it goes, so that it does not end while they act on it (I03); who may not even read the project learns nothing of it (A09). */
export async function lockPromotion(
  app: App,
  tx: Transaction,
  actor: Actor,
  { project, id }: { project: string; id: string },
  permissionFor: (promotion: Promotion) => Permission,
): Promise<Promotion> {
  await demand(app, tx, actor, 'project.read', { project, environment: null })
  const seen = await tx.promotions.get(project, id)
  await demand(app, tx, actor, permissionFor(seen), { project, environment: seen.environment })
  return tx.promotions.lock(id)
}
