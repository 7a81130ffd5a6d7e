import type { ActorId } from '../core/actor.ts'
import type { EnvironmentDefinition } from '../core/configuration.ts'
import { after, seconds } from '../core/duration.ts'
import { move, type Promotion, type PromotionClass } from '../core/promotion.ts'
import type { Release } from '../core/release.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'

/** The intent, before it has an id. */
export interface PromotionRequest {
  id: string
  release: Release
  environment: string
  definition: EnvironmentDefinition
  class: PromotionClass
  by: ActorId
  reason: string
}

/** The waiting promotion that a request asks for; also what a dry run looks at. */
export function newPromotion(request: PromotionRequest, at: Date): Promotion {
  const { id, release, environment, definition, by } = request
  return {
    id,
    project: release.project,
    environment,
    release: release.digest,
    class: request.class,
    state: 'waiting',
    reason: '',
    requestedBy: by,
    requestedAt: at,
    requestReason: request.reason,
    expiresAt: after(at, seconds(definition['expires-after'])),
    attempt: 0,
    unmet: [],
    recheckAt: null,
    finishedAt: null,
    version: 0,
  }
}

/** Adds a waiting promotion, lets it replace the one that waited before, and has it evaluated. */
export async function addPromotion(tx: Transaction, request: PromotionRequest): Promise<Promotion> {
  const promotion = newPromotion(request, tx.now)
  await tx.environments.lockWaiting(promotion.project, promotion.environment)
  for (const older of await tx.promotions.waitingIn(promotion.project, promotion.environment)) {
    if (older.release === promotion.release && older.class === promotion.class) {
      const where = `promotion ${older.id} of this release to ${older.environment} is already waiting`
      const next = `wait for its end with: lockflight wait ${older.id}; see what it waits for with: lockflight why ${older.id}`
      throw new Refusal('conflict', `${where}; ${next}`, { reason: 'already_waiting' })
    }
    if (replaces(promotion, older)) await supersede(tx, older, promotion)
  }
  // After the locks of what it replaces: who wakes takes this one last.
  await tx.releases.lockWaiting(promotion.project, promotion.release, 'ask')
  await tx.promotions.add(promotion)
  await tx.log({
    type: 'promotion.requested',
    actor: promotion.requestedBy,
    project: promotion.project,
    environment: promotion.environment,
    subject: promotion.id,
    data: {
      release: promotion.release,
      version: request.release.version,
      class: promotion.class,
      reason: promotion.requestReason,
      expiresAt: promotion.expiresAt.toISOString(),
    },
  })
  await tx.enqueue({ verb: 'advance-promotion', promotion: promotion.id })
  return promotion
}

/** A newer intent takes the place of a waiting one of its own kind; a hotfix also of a standard one. */
function replaces(newer: Promotion, older: Promotion): boolean {
  return newer.class === older.class || (newer.class === 'hotfix' && older.class === 'standard')
}

async function supersede(tx: Transaction, { id }: Promotion, newer: Promotion): Promise<void> {
  const older = await tx.promotions.lock(id)
  // It has started, or ended, while its lock was waited for.
  if (older.state !== 'waiting') return
  const reason = `promotion ${newer.id} took its place`
  await tx.promotions.save(move(older, 'superseded', reason, tx.now))
  await tx.log({
    type: 'promotion.superseded',
    actor: newer.requestedBy,
    project: older.project,
    environment: older.environment,
    subject: older.id,
    data: { by: newer.id, release: older.release },
  })
}
