import type { Actor } from '../core/actor.ts'
import { move, type Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import { failDrill } from './advance-drill.ts'
import type { App } from './app.ts'
import { lockPromotion } from './lock-promotion.ts'

/** Withdraws a promotion that has not started; its requester may, and so may whoever has `promotion.cancel`. */
export async function cancelPromotion(
  app: App,
  actor: Actor,
  { project, id, reason }: { project: string; id: string; reason: string },
): Promise<Promotion> {
  return app.store.transaction(async (tx) => {
    const promotion = await lockPromotion(app, tx, actor, { project, id }, ({ requestedBy }) =>
      requestedBy === actor.id ? 'promotion.request' : 'promotion.cancel',
    )
    if (promotion.state === 'deploying') {
      const instead = `to turn it back: lockflight abort ${id} --reason "..."`
      throw new Refusal('conflict', `promotion ${id} is deploying already; ${instead}`)
    }
    await tx.promotions.save(move(promotion, 'cancelled', reason, tx.now))
    await tx.log({
      type: 'promotion.cancelled',
      actor: actor.id,
      project,
      environment: promotion.environment,
      subject: id,
      data: { release: promotion.release, reason },
    })
    await failDrill(tx, promotion, `promotion ${id} was cancelled: ${reason}`)
    return tx.promotions.get(project, id)
  })
}
