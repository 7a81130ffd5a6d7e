import type { Actor } from '../core/actor.ts'
import type { Condition } from '../core/condition.ts'
import type { Evaluation } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'
import { newPromotion } from './add-promotion.ts'
import type { App } from './app.ts'
import { considerPromotion, observeOutside, type Consideration } from './consider-promotion.ts'
import { demand } from './demand.ts'
import { requestOf, type RequestPromotionInput } from './request-promotion.ts'

/** Why a promotion does not start: everything unmet at once, and what is met already. */
export interface Explanation {
  promotion: Promotion
  release: Release
  /** What would happen if nothing changed. */
  next: 'start' | 'wait' | 'reject' | 'expire' | 'nothing'
  unmet: Condition[]
  passed: { id: string; reason: string; at: Date }[]
  recheckAt: Date | null
}

/** Explains a promotion as it is now; a waiting one is judged afresh on our records, with the last look at the world outside. */
export async function explainPromotion(
  app: App,
  actor: Actor,
  { project, id }: { project: string; id: string },
): Promise<Explanation> {
  return app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project, environment: null })
    const promotion = await tx.promotions.get(project, id)
    const recorded = await tx.evaluations.latest(id)
    if (promotion.state !== 'waiting') return settled(tx, promotion, recorded)
    return present(promotion, await considerPromotion(app, tx, promotion, outsideOnly(app, recorded)), tx)
  })
}

/** What would happen if this were asked for now: the same function, nothing written, nothing deployed. */
export async function previewPromotion(app: App, actor: Actor, input: RequestPromotionInput): Promise<Explanation> {
  const promotion = await app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project: input.project, environment: null })
    return newPromotion(await requestOf(app, tx, actor, input), tx.now)
  })
  const outside = await observeOutside(app, promotion)
  return app.store.read(async (tx) => present(promotion, await considerPromotion(app, tx, promotion, outside), tx))
}

async function settled(tx: Transaction, promotion: Promotion, recorded: Evaluation[]): Promise<Explanation> {
  const release = await tx.releases.get(promotion.project, promotion.release)
  return { promotion, release, next: 'nothing', unmet: promotion.unmet, passed: passed(recorded), recheckAt: null }
}

async function present(promotion: Promotion, considered: Consideration | null, tx: Transaction): Promise<Explanation> {
  if (!considered) return { ...(await settled(tx, promotion, [])), next: 'reject' }
  const { decision, evaluations, release } = considered
  const unmet = 'unmet' in decision ? decision.unmet : []
  const recheckAt = 'recheckAt' in decision ? decision.recheckAt : null
  return { promotion, release, next: decision.next, unmet, passed: passed(evaluations), recheckAt }
}

function passed(evaluations: Evaluation[]): Explanation['passed'] {
  return evaluations
    .filter(({ verdict }) => verdict.outcome === 'pass')
    .map(({ gate, verdict, at }) => ({ id: gate.id, reason: verdict.reason, at }))
}

/** Of recorded verdicts, those that are not simply made again. */
export function outsideOnly(app: App, evaluations: Evaluation[]): Evaluation[] {
  return evaluations.filter(({ gate }) => app.gates[gate.use]?.reads === 'outside')
}
