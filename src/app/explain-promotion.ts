import type { Actor } from '../core/actor.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'
import { explanationOf, settledExplanation, type Explanation } from '../core/explanation.ts'
import type { Evaluation } from '../core/gate.ts'
import { newPromotion } from './add-promotion.ts'
import type { App } from './app.ts'
import { considerPromotion, observeOutside, type Consideration } from './consider-promotion.ts'
import { demand } from './demand.ts'
import { permissionsToAsk, requestOf, type RequestPromotionInput } from './request-promotion.ts'
import { standingOverrides } from './standing-overrides.ts'

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
    if (promotion.state !== 'waiting') return settled(app, tx, promotion, recorded)
    return present(app, tx, promotion, await considerPromotion(app, tx, promotion, outsideOnly(app, recorded)))
  })
}

/** What would happen if this were asked for now: the same function, nothing written, nothing deployed. For those who may not ask for it, no gate asks the world: nobody gets scripts run by only looking. */
export async function previewPromotion(app: App, actor: Actor, input: RequestPromotionInput): Promise<Explanation> {
  const { promotion, mayAsk } = await app.store.read(async (tx) => {
    await demand(app, tx, actor, 'project.read', { project: input.project, environment: null })
    const request = await requestOf(app, tx, actor, input)
    const grants = await tx.members.grantsOf(actor.id)
    return {
      promotion: newPromotion(request, tx.now),
      mayAsk: permissionsToAsk(input.class).every((permission) => app.access.allows(actor, permission, input, grants)),
    }
  })
  const outside = mayAsk ? await observeOutside(app, promotion) : []
  return app.store.read(async (tx) => present(app, tx, promotion, await considerPromotion(app, tx, promotion, outside)))
}

async function present(
  app: App,
  tx: Transaction,
  promotion: Promotion,
  considered: Consideration | null,
): Promise<Explanation> {
  if (!considered) return { ...(await settled(app, tx, promotion, [])), next: 'reject' }
  return explanationOf(considered, considered.release, considered.decision)
}

async function settled(app: App, tx: Transaction, promotion: Promotion, recorded: Evaluation[]): Promise<Explanation> {
  return settledExplanation({
    promotion,
    release: await tx.releases.get(promotion.project, promotion.release),
    quarantine: await tx.quarantines.find(promotion.project, promotion.release),
    recorded,
    overrides: await standingOverrides(app, tx, promotion),
  })
}

/** Of recorded verdicts, those that are not simply made again. */
export function outsideOnly(app: App, evaluations: Evaluation[]): Evaluation[] {
  return evaluations.filter(({ gate }) => app.gates[gate.use]?.reads === 'outside')
}
