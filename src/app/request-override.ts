import type { Actor } from '../core/actor.ts'
import { after, seconds } from '../core/duration.ts'
import { fitted } from '../core/fitted.ts'
import { overrideBinding, type Override } from '../core/override.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { lockPromotion } from './lock-promotion.ts'
import { demandWaiting, gateToOverride, overrideRow, type GateToOverride, type OverrideRow } from './override-gate.ts'

/** What someone who asks to let a promotion past a gate gives. */
export interface RequestOverrideInput {
  project: string
  id: string
  gate: string
  reason: string
  /** What can go wrong, and that they accept it. */
  risk: string
  /** A duration; the promotion's own expiry cuts it short. */
  expiresAfter: string
}

/** Asks to let one promotion past one gate. Nothing is let past before a second person has confirmed it; the same request again changes nothing. */
export async function requestOverride(app: App, actor: Actor, input: RequestOverrideInput): Promise<OverrideRow> {
  const { project, id } = input
  return app.store.transaction(async (tx) => {
    const promotion = await lockPromotion(app, tx, actor, { project, id }, () => 'gate.override')
    demandWaiting(promotion)
    const about = await gateToOverride(app, tx, promotion, input.gate)
    if (!about.gate.overridable) {
      throw new Refusal(
        'forbidden',
        `${promotion.environment} lets nobody override ${input.gate}; its policy would have to say \`overridable: true\``,
        { reason: 'not_overridable' },
      )
    }
    const standing = await stillStanding(app, tx, about)
    if (standing) return sameRequest(standing, actor, input)
    return overrideRow(app, tx, await add(app, tx, actor, { ...input, about }))
  })
}

/** The one for this gate that is not void, expired or used. */
async function stillStanding(
  app: App,
  tx: Transaction,
  { gate, context }: GateToOverride,
): Promise<OverrideRow | null> {
  for (const override of await tx.overrides.of(context.promotion.id)) {
    if (override.gate !== gate.id) continue
    const row = await overrideRow(app, tx, override)
    if (row.state === 'unconfirmed' || row.state === 'in-force') return row
  }
  return null
}

function sameRequest(standing: OverrideRow, actor: Actor, { reason, risk }: RequestOverrideInput): OverrideRow {
  const { id, gate, requestedBy, state } = standing
  if (requestedBy === actor.id && standing.reason === reason && standing.risk === risk) return standing
  const next = state === 'unconfirmed' ? `; confirm it with: lockflight override confirm ${id}` : ''
  throw new Refusal('conflict', `${requestedBy} has asked to override ${gate} already${next}`, {
    reason: 'already_requested',
  })
}

async function add(
  app: App,
  tx: Transaction,
  actor: Actor,
  { about, reason, risk, expiresAfter }: RequestOverrideInput & { about: GateToOverride },
): Promise<Override> {
  const { gate, context } = about
  const { promotion, project, environment, policy } = context
  const wanted = after(tx.now, seconds(expiresAfter))
  const expiresAt = wanted < promotion.expiresAt ? wanted : promotion.expiresAt
  const override: Override = {
    id: app.newId(),
    project,
    promotion: promotion.id,
    environment,
    release: promotion.release,
    gate: gate.id,
    definition: gate.digest,
    reason,
    risk,
    requestedBy: actor.id,
    requestedAt: tx.now,
    binds: overrideBinding(context, gate, { giver: actor.id, reason, risk, expiresAt }),
    confirmation: null,
    withdrawal: null,
    expiresAt,
    usedAt: null,
  }
  await tx.overrides.add(override)
  await tx.log({
    type: 'override.requested',
    actor: actor.id,
    project,
    environment,
    subject: promotion.id,
    data: fitted({
      override: override.id,
      gate: gate.id,
      definition: gate.digest,
      release: promotion.release,
      policy,
      binds: override.binds,
      reason,
      risk,
      expiresAt: expiresAt.toISOString(),
    }),
  })
  return override
}
