import type { Actor } from '../core/actor.ts'
import { fitted } from '../core/fitted.ts'
import { overrideBinding, type Override } from '../core/override.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import type { App } from './app.ts'
import { demand } from './demand.ts'
import { demandWaiting, gateToOverride, overrideRow, type OverrideRow } from './override-gate.ts'

/** The second person's word, after which the override is in force; bound to the same, and never given by who asked for the promotion or the override. The same word again changes nothing. */
export async function confirmOverride(
  app: App,
  actor: Actor,
  { project, override: id }: { project: string; override: string },
): Promise<OverrideRow> {
  return app.store.transaction(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    const asked = await tx.overrides.find(project, id)
    await demand(app, tx, actor, 'gate.override', { project, environment: asked?.environment ?? null })
    const promotion = asked && (await tx.promotions.lock(asked.promotion))
    // What was there before the lock may have been confirmed meanwhile.
    const found = await tx.overrides.find(project, id)
    if (!promotion || !found) throw new Refusal('not_found', `no override ${id} in project ${project}`)
    const override = await overrideRow(app, tx, found)
    if (override.confirmation?.by === actor.id) return override
    demandWaiting(promotion)
    refuseOwn(actor, override, promotion)
    if (override.state !== 'unconfirmed') throw notToConfirm(override)

    const { gate, context } = await gateToOverride(app, tx, promotion, override.gate)
    const binds = overrideBinding(context, gate, { ...override, giver: actor.id })
    const confirmed: Override = { ...override, confirmation: { by: actor.id, at: tx.now, binds } }
    await tx.overrides.save(confirmed)
    await tx.log({
      type: 'override.granted',
      actor: actor.id,
      project,
      environment: promotion.environment,
      subject: promotion.id,
      data: fitted({
        override: id,
        gate: gate.id,
        definition: gate.digest,
        release: promotion.release,
        policy: context.policy,
        binds,
        requestedBy: override.requestedBy,
        reason: override.reason,
        risk: override.risk,
        expiresAt: override.expiresAt.toISOString(),
      }),
    })
    await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
    return overrideRow(app, tx, confirmed)
  })
}

function refuseOwn(actor: Actor, { requestedBy, gate }: Override, promotion: Promotion): void {
  const what =
    actor.id === requestedBy ? `to override ${gate}` : actor.id === promotion.requestedBy ? 'for this promotion' : null
  if (what === null) return
  throw new Refusal('forbidden', `${actor.name} asked ${what} and may not confirm it; a second person has to`, {
    reason: 'self_override',
  })
}

function notToConfirm({ id, state, note, confirmation }: OverrideRow): Refusal {
  const by = confirmation ? ` by ${confirmation.by}` : ''
  const why = state === 'in-force' ? `is confirmed already${by}` : `cannot be confirmed: ${note || `it is ${state}`}`
  return new Refusal('conflict', `override ${id} ${why}`, { reason: `override_${state.replace('-', '_')}` })
}
