import type { Actor } from '../core/actor.ts'
import { fitted } from '../core/fitted.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { demandWaiting, overrideRow, type OverrideRow } from './override-gate.ts'

/** Takes an override back before a deployment has started on it; everyone who may give one may, and one person is enough. */
export async function withdrawOverride(
  app: App,
  actor: Actor,
  { project, override: id, reason }: { project: string; override: string; reason: string },
): Promise<OverrideRow> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    const given = await tx.overrides.find(project, id)
    await demand(app, tx, actor, 'gate.override', { project, environment: given?.environment ?? null })
    const promotion = given && (await tx.promotions.lock(given.promotion))
    // What was there before the lock may have been used meanwhile.
    const override = await tx.overrides.find(project, id)
    if (!promotion || !override) throw new Refusal('not_found', `no override ${id} in project ${project}`)
    demandWaiting(promotion)
    if (override.withdrawal) throw new Refusal('conflict', `${override.withdrawal.by} has withdrawn it already`)
    const withdrawn = { ...override, withdrawal: { by: actor.id, at: tx.now, reason } }
    await tx.overrides.save(withdrawn)
    const { environment, gate, release, requestedBy } = override
    await tx.log({
      type: 'override.withdrawn',
      actor: actor.id,
      project,
      environment,
      subject: promotion.id,
      data: fitted({ override: id, gate, release, requestedBy, reason }),
    })
    await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
    return overrideRow(app, tx, withdrawn)
  })
}
