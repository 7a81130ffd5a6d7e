import type { ActorId } from './actor.ts'
import type { ApprovalContext } from './approval.ts'
import { digestOfJson, type Digest } from './digest.ts'
import type { GateDefinition } from './gate.ts'
import type { Before } from './page.ts'

/** Two people let one promotion past one gate: the first says why and takes the risk, the second confirms. In force only while what both bound still holds. */
export interface Override {
  id: string
  project: string
  promotion: string
  environment: string
  release: Digest
  gate: string
  /** Digest of the gate's definition when it was asked for. */
  definition: Digest
  reason: string
  /** What can go wrong, in the words of who accepts it. */
  risk: string
  requestedBy: ActorId
  requestedAt: Date
  /** See `overrideBinding`. */
  binds: Digest
  confirmation: { by: ActorId; at: Date; binds: Digest } | null
  /** Who took it back, before it was used. */
  withdrawal: { by: ActorId; at: Date; reason: string } | null
  expiresAt: Date
  /** When a deployment started on it. */
  usedAt: Date | null
}

/** An override with what is true of its givers now. */
export interface StandingOverride extends Override {
  /** Each a person, enabled, with the permission to override in this environment today. */
  requesterMay: boolean
  confirmerMay: boolean
}

/** The digest that each of the two binds; change anything it covers and the override means nothing any more (A03–A05). */
export function overrideBinding(
  { project, environment, promotion, release, policy }: ApprovalContext,
  gate: Pick<GateDefinition, 'id' | 'digest'>,
  given: Pick<Override, 'reason' | 'risk' | 'expiresAt'> & { giver: ActorId },
): Digest {
  return digestOfJson({
    kind: 'override',
    project,
    environment,
    promotion: promotion.id,
    attempt: promotion.attempt + 1,
    release: release.digest,
    artifacts: release.artifacts.map((artifact) => artifact.digest).toSorted(),
    policy,
    gate: gate.id,
    definition: gate.digest,
    giver: given.giver,
    reason: given.reason,
    risk: given.risk,
    expiresAt: given.expiresAt.toISOString(),
  })
}

/** Where an override can stand. */
export const overrideStates = ['unconfirmed', 'in-force', 'used', 'withdrawn', 'expired', 'void'] as const

/** Where one stands, and why it does nothing when it does nothing. */
export type OverrideStanding =
  | { state: 'in-force' | 'unconfirmed' | 'used'; reason: null }
  | { state: 'withdrawn' | 'expired' | 'void'; reason: string }

/** Where an override of that gate stands at that moment; only `in-force` lets anything past. */
export function overrideStanding(
  override: StandingOverride,
  gate: Pick<GateDefinition, 'id' | 'digest'> & { overridable: boolean },
  { context, at }: { context: ApprovalContext & { promotion: { requestedBy: ActorId } }; at: Date },
): OverrideStanding {
  const { requestedBy, confirmation, withdrawal, expiresAt, usedAt } = override
  if (usedAt !== null) return { state: 'used', reason: null }
  if (withdrawal) return { state: 'withdrawn', reason: `${withdrawal.by} took it back: ${withdrawal.reason}` }
  if (expiresAt <= at) return { state: 'expired', reason: `it expired at ${expiresAt.toISOString()}` }
  const isVoid = (reason: string) => ({ state: 'void', reason }) as const
  if (!gate.overridable) return isVoid(`the policy lets nobody override ${gate.id}`)
  const binds = (giver: ActorId) => overrideBinding(context, gate, { ...override, giver })
  const about = override.gate === gate.id && override.promotion === context.promotion.id
  if (!about || override.binds !== binds(requestedBy)) {
    return isVoid('it was given for something else: the release, the policy, the gate or the attempt changed since')
  }
  if (!override.requesterMay) return isVoid(`${requestedBy} may not override here now`)
  if (!confirmation) return { state: 'unconfirmed', reason: null }
  if (confirmation.binds !== binds(confirmation.by)) return isVoid('its confirmation is for something else')
  if (confirmation.by === requestedBy || confirmation.by === context.promotion.requestedBy) {
    return isVoid(`${confirmation.by} asked for it and cannot confirm it`)
  }
  if (!override.confirmerMay) return isVoid(`${confirmation.by} may not override here now`)
  return { state: 'in-force', reason: null }
}

/** Which overrides to list; what is absent does not narrow. */
export interface OverrideQuery {
  project: string
  environment?: string
  promotion?: string
  limit: number
  /** Only those after this place, newest first. */
  before?: Before
}

/** Overrides of all projects. */
export interface Overrides {
  find(project: string, id: string): Promise<Override | null>
  /** Oldest first. */
  of(promotion: string): Promise<Override[]>
  add(override: Override): Promise<void>
  /** Keeps the confirmation, the withdrawal and when it was used, each once; nothing else of it changes. */
  save(override: Pick<Override, 'id' | 'confirmation' | 'withdrawal' | 'usedAt'>): Promise<void>
  list(query: OverrideQuery): Promise<Override[]>
}
