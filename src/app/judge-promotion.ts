import { lockflight } from '../core/actor.ts'
import { decide, type Decision } from '../core/decide.ts'
import type { EntryType } from '../core/entry.ts'
import { fitted } from '../core/fitted.ts'
import { move, type Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { beginDrill, failDrill, whyTooLate, withoutDrillHold } from './advance-drill.ts'
import { considerPromotion, observeOutside } from './consider-promotion.ts'
import { recordVerdicts } from './record-verdicts.ts'
import { startDeployment, type Judged } from './start-deployment.ts'
import { useOverrides } from './use-overrides.ts'

/** Evaluates every gate of a waiting promotion and acts on the result. What is decided and what is done about it commit together. */
export async function judgePromotion(app: App, { id, ...seen }: Promotion): Promise<void> {
  const outside = await observeOutside(app, { id, ...seen })
  await app.store.transaction(async (tx) => {
    const promotion = await tx.promotions.lock(id)
    if (promotion.state !== 'waiting') return
    const [considered, before] = await Promise.all([
      considerPromotion(app, tx, promotion, outside),
      tx.evaluations.latest(id),
    ])
    if (!considered) {
      return end(tx, promotion, 'cancelled', `environment ${promotion.environment} is no longer part of the project`)
    }
    const recorded = await recordVerdicts(tx, promotion, { ...considered, before })
    await act(tx, promotion, { ...considered, recorded }, considered.decision)
  })
}

async function act(tx: Transaction, promotion: Promotion, considered: Judged, decision: Decision): Promise<void> {
  switch (decision.next) {
    case 'start': {
      // The environment's lock is taken last, and what it says now is what counts; a quarantine and a pin take it too.
      const [environment, pin, quarantine, live] = await Promise.all([
        tx.environments.lock(promotion.project, promotion.environment),
        tx.pins.find(promotion.project, promotion.environment),
        tx.quarantines.find(promotion.project, promotion.release),
        tx.deployments.live(promotion.project, promotion.environment),
      ])
      const seen = await withoutDrillHold(tx, promotion, environment)
      const again = decide({ ...considered, promotion, environment: seen, pin, quarantine, at: tx.now })
      if (again.next === 'start') {
        const tooLate = await whyTooLate(tx, promotion, live)
        if (tooLate !== null) return end(tx, promotion, 'cancelled', tooLate)
        await useOverrides(tx, considered)
        await startDeployment(tx, promotion, considered, { environment, live })
        return beginDrill(tx, promotion)
      }
      return act(tx, promotion, considered, again)
    }
    case 'wait':
      return wait(tx, promotion, decision)
    case 'reject': {
      const reasons = decision.unmet.map(({ id, reason }) => `${id}: ${reason}`).join('; ')
      return end(tx, { ...promotion, unmet: decision.unmet }, 'rejected', reasons)
    }
    case 'expire':
      return end(tx, promotion, 'expired', `it waited until ${promotion.expiresAt.toISOString()}`)
  }
}

/** Keeps one timed wake queued: a sooner one replaces a later one, which then finds nothing to do. */
async function wait(
  tx: Transaction,
  promotion: Promotion,
  { unmet, recheckAt }: Extract<Decision, { next: 'wait' }>,
): Promise<void> {
  const queued = promotion.recheckAt !== null && promotion.recheckAt > tx.now && promotion.recheckAt <= recheckAt
  await tx.promotions.save({ ...promotion, unmet, recheckAt: queued ? promotion.recheckAt : recheckAt })
  if (!queued) await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id, at: recheckAt })
}

async function end(
  tx: Transaction,
  promotion: Promotion,
  state: 'rejected' | 'cancelled' | 'expired',
  reason: string,
): Promise<void> {
  const type: EntryType = `promotion.${state}`
  await tx.promotions.save(move(promotion, state, reason, tx.now))
  await tx.log({
    type,
    actor: lockflight.id,
    project: promotion.project,
    environment: promotion.environment,
    subject: promotion.id,
    data: fitted({ release: promotion.release, reason }),
  })
  await failDrill(tx, promotion, `promotion ${promotion.id} was ${state}: ${reason}`)
}
