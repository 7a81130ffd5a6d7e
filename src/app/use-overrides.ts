import { lockflight } from '../core/actor.ts'
import { fitted } from '../core/fitted.ts'
import { standings } from '../core/standing.ts'
import type { Transaction } from '../core/store.ts'
import type { Consideration } from './consider-promotion.ts'

/** Marks and logs the overrides without which this promotion would not start; in the transaction that starts it. */
export async function useOverrides(tx: Transaction, considered: Consideration): Promise<void> {
  const { promotion } = considered
  for (const { gate, override, condition } of standings(considered)) {
    if (!override || !condition) continue
    await tx.overrides.save({ ...override, usedAt: tx.now })
    await tx.log({
      type: 'override.used',
      actor: lockflight.id,
      project: promotion.project,
      environment: promotion.environment,
      subject: promotion.id,
      data: fitted({
        override: override.id,
        gate: gate.id,
        attempt: promotion.attempt + 1,
        release: promotion.release,
        outcome: condition.outcome,
        overrode: condition.reason,
        by: override.requestedBy,
        confirmedBy: override.confirmation?.by ?? null,
        reason: override.reason,
        risk: override.risk,
      }),
    })
  }
}
