import type { ActorId } from './actor.ts'
import type { Condition } from './condition.ts'
import { unmetIn, type Decision } from './decide.ts'
import { after } from './duration.ts'
import type { Evaluation, Verdict } from './gate.ts'
import type { Link } from './link.ts'
import { overrideStanding, type OverrideStanding, type StandingOverride } from './override.ts'
import type { Promotion } from './promotion.ts'
import type { Quarantine } from './quarantine.ts'
import type { Release } from './release.ts'
import type { Situation } from './situation.ts'
import { standings, type Standing } from './standing.ts'

/** The answer to "why?": everything unmet at once, what is met already and until when, what is only watched, and what was let past. */
export interface Explanation {
  promotion: Promotion
  release: Release
  /** What would happen if nothing changed; `nothing` once it is past waiting. */
  next: Decision['next'] | 'nothing'
  unmet: Condition[]
  passed: PassedGate[]
  shadows: ShadowGate[]
  overrides: OverrideInSight[]
  quarantine: Quarantine | null
  recheckAt: Date | null
}

/** A gate that passed, and counts. */
export interface PassedGate {
  id: string
  reason: string
  links: Link[]
  at: Date
  /** When the pass ends by itself; null when only an act or new evidence ends it. */
  until: Date | null
}

/** What a gate says that nothing waits for. */
export interface ShadowGate extends Pick<Verdict, 'outcome' | 'reason' | 'expected' | 'observed' | 'links'> {
  id: string
  /** Null when it was never evaluated. */
  at: Date | null
}

/** An override as people see it. */
export interface OverrideInSight {
  id: string
  gate: string
  state: OverrideStanding['state']
  /** Why it does nothing, or what it lets past; empty where the state says all. */
  note: string
  by: ActorId
  confirmedBy: ActorId | null
  reason: string
  risk: string
  at: Date
  expiresAt: Date
}

/** Explains a situation by the very standings that decide it. Pure. */
export function explanationOf(situation: Situation, release: Release, decision: Decision): Explanation {
  const gates = standings(situation)
  return {
    promotion: situation.promotion,
    release,
    next: decision.next,
    unmet: decision.next === 'expire' ? [] : unmetIn(situation, gates),
    passed: gates.flatMap(passedIn),
    shadows: gates.flatMap(shadowIn),
    overrides: situation.overrides.map((override) => inSight(override, gates, situation)),
    quarantine: situation.quarantine,
    recheckAt: 'recheckAt' in decision ? decision.recheckAt : null,
  }
}

/** The same for a promotion that is past waiting, from what was recorded. */
export function settledExplanation(given: {
  promotion: Promotion
  release: Release
  quarantine: Quarantine | null
  recorded: Evaluation[]
  overrides: StandingOverride[]
}): Explanation {
  const { promotion, release, quarantine, recorded, overrides } = given
  const passes = recorded.filter(({ gate, verdict }) => verdict.outcome === 'pass' && !gate.shadow)
  return {
    promotion,
    release,
    next: 'nothing',
    unmet: promotion.unmet,
    passed: passes.map(({ gate, verdict, at }) => ({
      id: gate.id,
      reason: verdict.reason,
      links: verdict.links,
      at,
      until: null,
    })),
    shadows: recorded.filter(({ gate }) => gate.shadow).map(({ gate, verdict, at }) => watched(gate.id, verdict, at)),
    overrides: overrides.map((override) => {
      const isUsed = override.usedAt !== null
      return seen(
        override,
        isUsed ? { state: 'used', reason: null } : { state: 'void', reason: `its promotion is ${promotion.state}` },
      )
    }),
    quarantine,
    recheckAt: null,
  }
}

function passedIn({ gate, evaluation, condition }: Standing): PassedGate[] {
  if (!evaluation || condition || gate.shadow) return []
  const { reason, links, until } = evaluation.verdict
  const ends = [
    ...(until ? [Date.parse(until)] : []),
    ...(gate.reads === 'outside' ? [after(evaluation.at, gate.maxAgeSeconds).getTime()] : []),
  ]
  const end = ends.length > 0 ? new Date(Math.min(...ends)) : null
  return [{ id: gate.id, reason, links, at: evaluation.at, until: end }]
}

function shadowIn({ gate, evaluation }: Standing): ShadowGate[] {
  if (!gate.shadow) return []
  if (evaluation) return [watched(gate.id, evaluation.verdict, evaluation.at)]
  return [
    { id: gate.id, outcome: 'wait', reason: 'not evaluated yet', expected: '', observed: '', links: [], at: null },
  ]
}

function watched(id: string, { outcome, reason, expected, observed, links }: Verdict, at: Date): ShadowGate {
  return { id, outcome, reason, expected, observed, links, at }
}

function inSight(override: StandingOverride, gates: Standing[], situation: Situation): OverrideInSight {
  const { promotion, release, policy, at } = situation
  const { project, environment } = promotion
  const standing = gates.find(({ gate }) => gate.id === override.gate)
  if (!standing) return seen(override, { state: 'void', reason: `there is no gate ${override.gate} any more` })
  const context = { project, environment, promotion, release, policy }
  const stands = overrideStanding(override, standing.gate, { context, at })
  const past = standing.override?.id === override.id ? `lets past: ${standing.condition?.reason}` : ''
  return { ...seen(override, stands), ...(past && { note: past }) }
}

function seen(override: StandingOverride, { state, reason }: OverrideStanding): OverrideInSight {
  const { id, gate, requestedBy, requestedAt, confirmation, risk, expiresAt } = override
  return {
    id,
    gate,
    state,
    note: reason ?? '',
    by: requestedBy,
    confirmedBy: confirmation?.by ?? null,
    reason: override.reason,
    risk,
    at: requestedAt,
    expiresAt,
  }
}
