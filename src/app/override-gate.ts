import type { ApprovalContext } from '../core/approval.ts'
import { policyDigest } from '../core/configuration.ts'
import type { RequiredGate } from '../core/gate.ts'
import { overrideStanding, type Override, type OverrideStanding } from '../core/override.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { definitionOf } from './request-promotion.ts'
import { requiredGates } from './required-gates.ts'
import { standingOverride } from './standing-overrides.ts'

/** A gate of a promotion as it stands in the policy in force, and everything an override of it binds. */
export interface GateToOverride {
  gate: RequiredGate
  context: ApprovalContext & { promotion: Promotion }
}

/** Refuses with `conflict` when the promotion does not wait any more: nothing is given for what has started or ended (I03). */
export function demandWaiting({ id, state }: Promotion): void {
  if (state !== 'waiting') throw new Refusal('conflict', `promotion ${id} is ${state}, not waiting`)
}

/** Refuses with `not_found` a gate that the promotion has not to pass, naming those it has. */
export async function gateToOverride(
  app: App,
  tx: Transaction,
  promotion: Promotion,
  id: string,
): Promise<GateToOverride> {
  const { project, environment } = promotion
  const definition = await definitionOf(tx, project, environment)
  const { configuration } = await tx.revisions.current(project)
  const required = requiredGates(app, promotion, { configuration, definition }).filter(({ shadow }) => !shadow)
  const gate = required.find((one) => one.id === id)
  if (!gate) {
    const known = required.map((one) => one.id).join(', ') || 'none'
    throw new Refusal('not_found', `expected a gate that promotion ${promotion.id} has to pass (${known}), found ${id}`)
  }
  const release = await tx.releases.get(project, promotion.release)
  return { gate, context: { project, environment, promotion, release, policy: policyDigest(definition) } }
}

/** An override with where it stands now. */
export type OverrideRow = Override & { state: OverrideStanding['state']; note: string }

/** Where an override stands now, for people. */
export async function overrideRow(app: App, tx: Transaction, override: Override): Promise<OverrideRow> {
  const { state, reason } = await standingNow(app, tx, override)
  return { ...override, state, note: reason ?? '' }
}

async function standingNow(app: App, tx: Transaction, override: Override): Promise<OverrideStanding> {
  if (override.usedAt) return { state: 'used', reason: null }
  const { withdrawal } = override
  if (withdrawal) return { state: 'withdrawn', reason: `${withdrawal.by} took it back: ${withdrawal.reason}` }
  const promotion = await tx.promotions.get(override.project, override.promotion)
  if (promotion.state !== 'waiting') return { state: 'void', reason: `its promotion is ${promotion.state}` }
  try {
    const { gate, context } = await gateToOverride(app, tx, promotion, override.gate)
    return overrideStanding(await standingOverride(app, tx, override), gate, { context, at: tx.now })
  } catch (error) {
    // The environment or the gate is no longer part of the policy.
    if (error instanceof Refusal && error.code === 'not_found') return { state: 'void', reason: error.message }
    throw error
  }
}
