import type { Condition } from './condition.ts'
import { after, inWords } from './duration.ts'
import type { Environment } from './environment.ts'
import type { Evaluation, RequiredGate, Verdict } from './gate.ts'
import type { Promotion } from './promotion.ts'

/** Everything a decision is made from. */
export interface Situation {
  promotion: Promotion
  environment: Pick<Environment, 'active' | 'hold'>
  /** From `gatesOf`, for the promotion's class. */
  required: RequiredGate[]
  /** Verdicts for this promotion, in any order, old ones too: the newest that fits each gate counts. */
  evaluations: Evaluation[]
  /** The database's time. */
  at: Date
}

/** What happens to a waiting promotion next. */
export type Decision =
  | { next: 'start' }
  /** `recheckAt`: the next moment at which the answer can change by itself, the promotion's expiry at the latest. */
  | { next: 'wait'; unmet: Condition[]; recheckAt: Date }
  | { next: 'reject'; unmet: Condition[] }
  | { next: 'expire' }

/**
 * The whole rule, for previews, for waiting and for the transaction that starts the deployment. Pure. It starts only
 * when every required gate has a passing verdict that was made for this promotion, release, environment and
 * definition of the gate, and is young enough: verdicts on records must be as old as `at`, not older.
 */
export function decide(situation: Situation): Decision {
  const { promotion, required, at } = situation
  if (at >= promotion.expiresAt) return { next: 'expire' }
  const judged = required.map((gate) => ({ gate, evaluation: newest(gate, situation) }))
  const unmet = [
    ...environmentConditions(situation),
    ...judged.flatMap(({ gate, evaluation }) => gateCondition(gate, evaluation, situation)),
  ]
  if (judged.some(({ evaluation }) => evaluation && isRefusal(evaluation.verdict))) {
    return { next: 'reject', unmet }
  }
  return unmet.length === 0 ? { next: 'start' } : { next: 'wait', unmet, recheckAt: earliest(unmet, situation) }
}

/** A verdict about anything else than exactly this is not looked at. */
function newest(gate: RequiredGate, { promotion, evaluations, at }: Situation): Evaluation | undefined {
  return evaluations
    .filter(
      (evaluation) =>
        evaluation.promotion === promotion.id &&
        evaluation.release === promotion.release &&
        evaluation.environment === promotion.environment &&
        evaluation.gate.id === gate.id &&
        evaluation.gate.digest === gate.digest &&
        evaluation.at <= at,
    )
    .reduce<Evaluation | undefined>((best, next) => (best && isNewer(best, next) ? best : next), undefined)
}

/** Of two verdicts of one moment the worse one counts. */
function isNewer(one: Evaluation, other: Evaluation): boolean {
  const ahead = one.at.getTime() - other.at.getTime()
  return ahead > 0 || (ahead === 0 && severity(one.verdict) >= severity(other.verdict))
}

function severity(verdict: Verdict): number {
  if (verdict.outcome === 'pass') return 0
  return isRefusal(verdict) ? 2 : 1
}

function isRefusal({ outcome, final }: Verdict): boolean {
  return outcome === 'fail' && final
}

function gateCondition(gate: RequiredGate, evaluation: Evaluation | undefined, situation: Situation): Condition[] {
  const { at } = situation
  if (!evaluation) {
    return [
      condition(situation, { id: gate.id, kind: 'gate', reason: 'not evaluated yet', recheckAt: at.toISOString() }),
    ]
  }
  const { outcome, final: _, ...rest } = evaluation.verdict
  if (outcome !== 'pass') return [condition(situation, { id: gate.id, kind: 'gate', outcome, ...rest })]
  const ageSeconds = (at.getTime() - evaluation.at.getTime()) / 1000
  if (ageSeconds <= gate.maxAgeSeconds) return []
  return [
    condition(situation, {
      id: gate.id,
      kind: 'gate',
      reason: 'it passed, but too long ago to start on',
      expected: `a verdict at most ${inWords(gate.maxAgeSeconds)} old`,
      observed: `${inWords(ageSeconds)} old`,
      recheckAt: at.toISOString(),
    }),
  ]
}

/** A rollback may run while the environment is held: it is how one gets out of trouble. Nothing runs beside another deployment. */
function environmentConditions(situation: Situation): Condition[] {
  const { promotion, environment } = situation
  const { hold, active } = environment
  return [
    ...(hold && promotion.class !== 'rollback'
      ? [
          condition(situation, {
            id: 'held',
            kind: 'environment',
            reason: `${promotion.environment} is held: ${hold.reason}`,
            expected: 'no hold',
            observed: `held by ${hold.by} since ${hold.at.toISOString()}`,
            unblock: `someone with environment.hold resumes ${promotion.environment}`,
          }),
        ]
      : []),
    ...(active !== null && active !== promotion.id
      ? [
          condition(situation, {
            id: 'busy',
            kind: 'environment',
            reason: `${promotion.environment} is being deployed to by promotion ${active}`,
            expected: 'no other deployment',
            observed: `promotion ${active} is running`,
            unblock: `promotion ${active} ends`,
          }),
        ]
      : []),
  ]
}

function condition(
  { promotion, at }: Situation,
  given: Pick<Condition, 'id' | 'kind' | 'reason'> & Partial<Condition>,
): Condition {
  const { id, kind, outcome = 'wait' } = given
  const before = promotion.unmet.find((old) => old.id === id && old.kind === kind && old.outcome === outcome)
  return {
    outcome,
    expected: '',
    observed: '',
    since: before?.since ?? at.toISOString(),
    links: [],
    unblock: '',
    recheckAt: null,
    ...given,
  }
}

/** Never sooner than in a second, so that no gate can make us spin. */
function earliest(unmet: Condition[], { promotion, at }: Situation): Date {
  const moments = unmet.flatMap(({ recheckAt }) => (recheckAt === null ? [] : [Date.parse(recheckAt)]))
  const soonest = Math.max(Math.min(...moments, Infinity), after(at, 1).getTime())
  return new Date(Math.min(soonest, promotion.expiresAt.getTime()))
}
