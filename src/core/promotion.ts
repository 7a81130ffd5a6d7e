import type { ActorId } from './actor.ts'
import type { Condition } from './condition.ts'
import type { Digest } from './digest.ts'
import type { Before } from './page.ts'
import { Refusal } from './refusal.ts'

/** Why something is promoted: gates name the classes that must pass them. */
export const promotionClasses = ['standard', 'hotfix', 'rollback', 'drill'] as const
export type PromotionClass = (typeof promotionClasses)[number]

/** True when it brings back what was there before: a rollback, or a drill of one. */
export function goesBack(kind: PromotionClass): boolean {
  return kind === 'rollback' || kind === 'drill'
}

/** Where a promotion can stand; `moves` says what may follow what. */
export const promotionStates = [
  'waiting',
  'deploying',
  'verifying',
  'succeeded',
  'failed',
  'rejected',
  'cancelled',
  'superseded',
  'expired',
] as const
export type PromotionState = (typeof promotionStates)[number]

/** The intent to put one release into one environment. */
export interface Promotion {
  id: string
  project: string
  environment: string
  release: Digest
  class: PromotionClass
  state: PromotionState
  /** Why it is in this state, for people; empty while nothing needs saying. */
  reason: string
  requestedBy: ActorId
  requestedAt: Date
  /** What its requester gave as the reason; may be empty. */
  requestReason: string
  expiresAt: Date
  /** 0 until it starts; each start of a deployment counts one up. */
  attempt: number
  /** What was not met at the last evaluation. */
  unmet: Condition[]
  /** When the next evaluation is already queued for; null when only an act wakes it. */
  recheckAt: Date | null
  finishedAt: Date | null
  /** Goes up with every save; a save of an older version is refused. */
  version: number
}

const moves: Record<PromotionState, readonly PromotionState[]> = {
  waiting: ['deploying', 'rejected', 'cancelled', 'superseded', 'expired'],
  deploying: ['verifying', 'failed'],
  verifying: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  rejected: [],
  cancelled: [],
  superseded: [],
  expired: [],
}

/** True when nothing more will happen to a promotion in this state. */
export function isFinal(state: PromotionState): boolean {
  return moves[state].length === 0
}

/** The promotion in its next state; refuses with `conflict` any move that is not on the graph, so nothing final comes back to life (I03). */
export function move(promotion: Promotion, to: PromotionState, reason: string, at: Date): Promotion {
  if (!moves[promotion.state].includes(to)) {
    throw new Refusal('conflict', `promotion ${promotion.id} is ${promotion.state} and cannot become ${to}`)
  }
  return { ...promotion, state: to, reason, finishedAt: isFinal(to) ? at : null }
}

/** Promotions of all projects. */
export interface Promotions {
  /** Refuses with `not_found`. */
  get(project: string, id: string): Promise<Promotion>
  /** For a worker that knows only the id. */
  load(id: string): Promise<Promotion>
  /** The same, and locks the row for the length of the transaction. */
  lock(id: string): Promise<Promotion>
  add(promotion: Promotion): Promise<void>
  /** Refuses with `conflict` when someone else saved a newer version. */
  save(promotion: Promotion): Promise<void>
  waitingIn(project: string, environment: string): Promise<Promotion[]>
  /** Those that wait and were answered by this person, in whatever project. */
  waitingAnsweredBy(person: ActorId): Promise<Promotion[]>
  /** The ids of those a worker has to be at: deploying, verifying, or waiting for a moment that has come. */
  due(): Promise<string[]>
  list(query: PromotionQuery): Promise<Promotion[]>
}

/** Which promotions to list; what is absent does not narrow. */
export interface PromotionQuery {
  project: string
  environment?: string
  release?: Digest
  state?: PromotionState
  limit: number
  /** Only those after this place, newest first. */
  before?: Before
}
