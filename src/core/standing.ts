import type { Condition } from './condition.ts'
import { after, inWords } from './duration.ts'
import type { Evaluation, OutcomeChange, RequiredGate, Verdict } from './gate.ts'
import { overrideStanding, type StandingOverride } from './override.ts'
import type { Situation } from './situation.ts'

/** How one gate stands for a promotion at a moment. */
export interface Standing {
  gate: RequiredGate
  /** The verdict that counts; null when none was made for exactly this. */
  evaluation: Evaluation | null
  /** What it would hold the promotion with; null when it passed and that counts. */
  condition: Condition | null
  /** The one in force, where the gate would hold the promotion without it. */
  override: StandingOverride | null
  /** Its condition holds the promotion: neither a shadow nor overridden. */
  holds: boolean
  /** A person's no, or what else cannot change any more; no override covers it. */
  refuses: boolean
}

/** How long back changes are told and a failure is remembered, unless a gate must be stable for longer. */
const memorySeconds = 3600

/** Since when changes matter to these gates. */
export function remembersSince(required: RequiredGate[], at: Date): Date {
  return after(at, -Math.max(memorySeconds, ...required.map(({ stableForSeconds }) => stableForSeconds)))
}

/** How every gate of a situation stands, in the order of the gates. Pure. */
export function standings(situation: Situation): Standing[] {
  return situation.required.map((gate) => {
    const evaluation = newest(gate, situation) ?? null
    const condition = gateCondition(gate, evaluation, situation)
    const refuses = gate.shadow !== true && evaluation !== null && isRefusal(evaluation.verdict)
    const override = condition && !gate.shadow && !refuses ? overrideOf(gate, situation) : null
    return { gate, evaluation, condition, override, refuses, holds: condition !== null && !gate.shadow && !override }
  })
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

function gateCondition(gate: RequiredGate, evaluation: Evaluation | null, situation: Situation): Condition | null {
  const { at } = situation
  const story = evaluation ? storyOf(gate, evaluation, situation) : []
  const changes = story.filter((told, index) => index > 0 && told.at > after(at, -memorySeconds)).length
  const unmet = (given: Pick<Condition, 'reason'> & Partial<Condition>) =>
    conditionOf(situation, { id: gate.id, kind: 'gate', changes, ...given })
  if (!evaluation) return unmet({ reason: 'not evaluated yet', recheckAt: at.toISOString() })

  const { outcome, final: _, until: __, ...said } = evaluation.verdict
  if (outcome !== 'pass') return unmet({ outcome, ...said })
  const ageSeconds = (at.getTime() - evaluation.at.getTime()) / 1000
  if (ageSeconds > gate.maxAgeSeconds) {
    return unmet({
      reason: 'it passed, but too long ago to start on',
      expected: `a verdict at most ${inWords(gate.maxAgeSeconds)} old`,
      observed: `${inWords(ageSeconds)} old`,
      recheckAt: at.toISOString(),
    })
  }
  const since = passingSince(story, at)
  if (since === null || after(since, gate.stableForSeconds) <= at) return null
  const settled = after(since, gate.stableForSeconds)
  // Looked at a few times on the way, so that a source that flaps is caught.
  const next = Math.min(settled.getTime(), after(at, Math.max(1, gate.stableForSeconds / 4)).getTime())
  return unmet({
    reason: `it passes again, and has to for ${inWords(gate.stableForSeconds)}: ${said.reason}`,
    expected: `${inWords(gate.stableForSeconds)} without another answer`,
    observed: `it passes since ${inWords((at.getTime() - since.getTime()) / 1000)}`,
    links: said.links,
    unblock: `time: it is enough at ${settled.toISOString()}`,
    recheckAt: new Date(next).toISOString(),
  })
}

type Told = Pick<OutcomeChange, 'outcome' | 'at'>

/** What the gate said one after the other, the verdict that counts included; only where it says something else than before. */
function storyOf({ id, digest }: RequiredGate, evaluation: Evaluation, { changes, at }: Situation): Told[] {
  const told = changes.filter((change) => change.gate === id && change.definition === digest && change.at <= at)
  const now = { outcome: evaluation.verdict.outcome, at: evaluation.at }
  const all: Told[] = [...told, now].toSorted((one, other) => one.at.getTime() - other.at.getTime())
  return all.filter(({ outcome }, index) => outcome !== all[index - 1]?.outcome)
}

/** Since when it has passed without a break; null when it never said no and never took a pass back: waiting alone is no failure. */
function passingSince(story: Told[], at: Date): Date | null {
  const broken = story.findLastIndex(({ outcome }) => outcome !== 'pass')
  if (story.slice(0, broken + 1).every(({ outcome }) => outcome === 'wait')) return null
  // Another promotion of the release may have been told no after the verdict that counts here.
  return story[broken + 1]?.at ?? at
}

function overrideOf(gate: RequiredGate, { overrides, promotion, release, policy, at }: Situation) {
  const { project, environment } = promotion
  const context = { project, environment, promotion, release, policy }
  return overrides.find((given) => overrideStanding(given, gate, { context, at }).state === 'in-force') ?? null
}

/** A condition with everything that was not given; unmet since when it was first unmet in this way. */
export function conditionOf(
  { promotion, at }: Pick<Situation, 'promotion' | 'at'>,
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
    changes: 0,
    ...given,
  }
}
