import type { Actor } from '../core/actor.ts'
import { move, type Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import { failDrill } from './advance-drill.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'

/** Withdraws a promotion that has not started; its requester may, and so may whoever has `promotion.cancel`. */
export async function cancelPromotion(
  app: App,
  actor: Actor,
  { project, id, reason }: { project: string; id: string; reason: string },
): Promise<Promotion> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    const { environment, requestedBy } = await tx.promotions.get(project, id)
    const own = requestedBy === actor.id
    await demand(app, tx, actor, own ? 'promotion.request' : 'promotion.cancel', { project, environment })
    const promotion = await tx.promotions.lock(id)
    if (promotion.state === 'deploying') {
      const instead = `to turn it back: lockflight abort ${id} --reason "..."`
      throw new Refusal('conflict', `promotion ${id} is deploying already; ${instead}`)
    }
    await tx.promotions.save(move(promotion, 'cancelled', reason, tx.now))
    await tx.log({
      type: 'promotion.cancelled',
      actor: actor.id,
      project,
      environment,
      subject: id,
      data: { release: promotion.release, reason },
    })
    await failDrill(tx, promotion, `promotion ${id} was cancelled: ${reason}`)
    return tx.promotions.get(project, id)
  })
}
