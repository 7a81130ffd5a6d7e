import type { Condition } from './condition.ts'
import { after, inWords } from './duration.ts'
import type { Situation } from './situation.ts'
import { conditionOf, standings, type Standing } from './standing.ts'

/** What happens to a waiting promotion next. */
export type Decision =
  | { next: 'start' }
  /** `recheckAt`: the next moment at which the answer can change by itself, the promotion's expiry at the latest. */
  | { next: 'wait'; unmet: Condition[]; recheckAt: Date }
  | { next: 'reject'; unmet: Condition[] }
  | { next: 'expire' }

/**
 * The whole rule, for previews, for waiting and for the transaction that starts the deployment. Pure. It starts only
 * when the release is in no quarantine and every required gate that is no shadow has a passing verdict, or an override
 * in force. A verdict counts when it was made for this promotion, release, environment and definition of the gate, is
 * young enough (verdicts on records must be as old as `at`, not older), and is not one of a gate that flaps.
 */
export function decide(situation: Situation): Decision {
  const { promotion, at } = situation
  if (at >= promotion.expiresAt) return { next: 'expire' }
  const gates = standings(situation)
  const unmet = unmetIn(situation, gates)
  if (gates.some(({ refuses }) => refuses)) return { next: 'reject', unmet }
  return unmet.length === 0 ? { next: 'start' } : { next: 'wait', unmet, recheckAt: earliest(unmet, situation) }
}

/** Everything that holds a promotion, at once: first the release, then the environment, then the gates in their order. */
export function unmetIn(situation: Situation, gates: Standing[]): Condition[] {
  const held = gates.flatMap(({ holds, condition }) => (holds && condition ? [condition] : []))
  return [...releaseConditions(situation), ...clockConditions(situation), ...environmentConditions(situation), ...held]
}

/** For every class of promotion: who may go back to a release may not go back to one that must not run. */
function releaseConditions(situation: Situation): Condition[] {
  const { quarantine, release } = situation
  if (!quarantine) return []
  const { by, reason, at } = quarantine
  return [
    conditionOf(situation, {
      id: 'quarantined',
      kind: 'release',
      outcome: 'fail',
      reason: `${release.version} is in quarantine: ${reason}`,
      expected: 'no quarantine',
      observed: `put there by ${by} at ${at.toISOString()}`,
      unblock: `someone with release.quarantine: lockflight quarantine lift ${release.version} --reason …`,
    }),
  ]
}

/** Transactions that overlap see each other's times. */
const toleratedSeconds = 30

/** Nothing that ended by the clock (an approval, an override, a window) begins again by turning the clock back (A31). */
function clockConditions(situation: Situation): Condition[] {
  const { promotion, lastRecordedAt, at } = situation
  if (lastRecordedAt === null || promotion.class === 'rollback') return []
  const behindSeconds = (lastRecordedAt.getTime() - at.getTime()) / 1000
  if (behindSeconds <= toleratedSeconds) return []
  return [
    conditionOf(situation, {
      id: 'clock',
      kind: 'environment',
      reason: `the database's clock is ${inWords(behindSeconds)} behind the newest entry of the log`,
      expected: `a time after ${lastRecordedAt.toISOString()}`,
      observed: at.toISOString(),
      unblock: 'whoever runs the database, who sets its clock',
      recheckAt: lastRecordedAt.toISOString(),
    }),
  ]
}

/** A rollback may run while the environment is held or pinned: it is how one gets out of trouble. Nothing runs beside another deployment. */
function environmentConditions(situation: Situation): Condition[] {
  const { promotion, environment, pin } = situation
  const { hold, active } = environment
  return [
    ...(hold && promotion.class !== 'rollback'
      ? [
          conditionOf(situation, {
            id: 'held',
            kind: 'environment',
            reason: `${promotion.environment} is held: ${hold.reason}`,
            expected: 'no hold',
            observed: `held by ${hold.by} since ${hold.at.toISOString()}`,
            unblock: `someone with environment.hold: lockflight resume --env ${promotion.environment} --reason …`,
          }),
        ]
      : []),
    ...(pin && pin.release !== promotion.release && promotion.class !== 'rollback'
      ? [
          conditionOf(situation, {
            id: 'pinned',
            kind: 'environment',
            reason: `${promotion.environment} stays on another release: ${pin.reason}`,
            expected: 'no pin, or one on this release',
            observed: `pinned by ${pin.by} since ${pin.at.toISOString()} to ${pin.release}`,
            unblock: `someone with environment.hold: lockflight unpin --env ${promotion.environment} --reason …`,
          }),
        ]
      : []),
    ...(active !== null && active !== promotion.id
      ? [
          conditionOf(situation, {
            id: 'busy',
            kind: 'environment',
            reason: `${promotion.environment} is being deployed to by promotion ${active}`,
            expected: 'no other deployment',
            observed: `promotion ${active} is running`,
            unblock: `the end of promotion ${active}`,
          }),
        ]
      : []),
  ]
}

/** Never sooner than in a second, so that no gate can make us spin. */
function earliest(unmet: Condition[], { promotion, nextPolicyAt, at }: Situation): Date {
  const rechecks = unmet.flatMap(({ recheckAt }) => (recheckAt === null ? [] : [Date.parse(recheckAt)]))
  const first = Math.min(...rechecks, nextPolicyAt?.getTime() ?? Infinity)
  const soonest = Math.max(first, after(at, 1).getTime())
  return new Date(Math.min(soonest, promotion.expiresAt.getTime()))
}
