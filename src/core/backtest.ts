import type { EnvironmentDefinition } from './configuration.ts'
import type { Digest } from './digest.ts'
import { gatesOf, judgeAgain } from './evaluate.ts'
import type { Fate } from './fate.ts'
import { clipped } from './fitted.ts'
import type { Evaluation, Gate, RequiredGate, Verdict } from './gate.ts'
import type { Promotion } from './promotion.ts'
import type { Release } from './release.ts'

/** A promotion with everything that was recorded about it. */
export interface PastPromotion {
  promotion: Promotion
  release: Release
  /** The digest of the policy that was in force at that moment: what the approvals of then were a yes to. */
  policyAt: (moment: Date) => Digest
  /** When its deployment started; null when none did. */
  startedAt: Date | null
  /** What came of it; null when it was never deployed. */
  fate: Fate | null
  /** Oldest first. */
  evaluations: Evaluation[]
}

const reasonCharacters = 200

/** One verdict that would have been another. */
export interface Flip {
  promotion: string
  release: string
  environment: string
  gate: string
  at: Date
  was: Verdict['outcome']
  would: Verdict['outcome']
  /** Why, by the changed gate, in at most 200 characters. */
  reason: string
  fate: Fate | null
  /** True for the verdict that the start, or the end of the waiting, was decided on. */
  decisive: boolean
}

/** How many promotions went which way. */
export interface Fates {
  healthy: number
  failed: number
  /** Never deployed, or not at its end yet. */
  open: number
}

/** What one gate would have said. */
export interface GateBacktest {
  environment: string
  id: string
  use: string
  /** Verdicts made again. */
  judged: number
  /** Verdicts that cannot be made again: nothing was recorded that these settings could judge. */
  unjudged: number
  toPass: number
  fromPass: number
}

/** Changed gates over recorded evidence. */
export interface Backtest {
  promotions: number
  judged: number
  gates: GateBacktest[]
  /** At least one gate would not have passed, and what really came of them. */
  stopped: Fates
  /** Every gate that can be told about would have passed. */
  passed: Fates
  /** How many flips, decisive or not. */
  flipped: number
  /** All of them, in the order of the promotions. */
  flips: Flip[]
}

/** Judges recorded evidence again, promotion by promotion, with the gates that an environment would have. Pure but for the sums it keeps. */
export function createBacktest(gates: Record<string, Gate>) {
  const perGate = new Map<string, GateBacktest>()
  const perClass = new Map<string, RequiredGate[]>()
  const sums: Omit<Backtest, 'gates'> = {
    promotions: 0,
    judged: 0,
    stopped: { healthy: 0, failed: 0, open: 0 },
    passed: { healthy: 0, failed: 0, open: 0 },
    flipped: 0,
    flips: [],
  }

  function add(past: PastPromotion, definition: Pick<EnvironmentDefinition, 'after' | 'gates'>): void {
    const required = requiredIn(past.promotion, definition)
    sums.promotions += 1
    // All of them are judged: what a shadow would have said is what one wants to know of it.
    const outcomes = required.map((gate) => judgeGate(past, { gate, after: definition.after, required }))
    const stops = required.some(({ shadow }, index) => !shadow && (outcomes[index] ?? 'pass') !== 'pass')
    const column = past.fate === 'healthy' || past.fate === 'failed' ? past.fate : 'open'
    sums[stops ? 'stopped' : 'passed'][column] += 1
  }

  function requiredIn(
    { environment, class: kind }: Promotion,
    definition: Pick<EnvironmentDefinition, 'after' | 'gates'>,
  ): RequiredGate[] {
    const key = `${environment} ${kind}`
    const known = perClass.get(key) ?? gatesOf(definition, kind, gates)
    perClass.set(key, known)
    return known
  }

  /** Makes all verdicts of one gate again; the outcome of the decisive one, as it was where nothing can be judged, or null where nothing was recorded. */
  function judgeGate(
    past: PastPromotion,
    { gate, after, required }: { gate: RequiredGate; after: string[]; required: RequiredGate[] },
  ): Verdict['outcome'] | null {
    const tally = tallyOf(past.promotion.environment, gate)
    const recorded = recordedFor(gate, past.evaluations, required)
    const decisive = decisiveOf(recorded, past.startedAt)
    let decided: Verdict['outcome'] | null = null
    if (recorded.length === 0) tally.unjudged += 1
    for (const evaluation of recorded) {
      const implementation = gates[gate.use]
      if (
        evaluation.evidence === null ||
        !implementation ||
        !implementation.evidence.safeParse(evaluation.evidence).success
      ) {
        tally.unjudged += 1
        if (evaluation === decisive) decided = evaluation.verdict.outcome
        continue
      }
      const subject = subjectOf(past, evaluation, after)
      const verdict = judgeAgain(implementation, { config: gate.config, evidence: evaluation.evidence, subject })
      tally.judged += 1
      sums.judged += 1
      if (evaluation === decisive) decided = verdict.outcome
      if (verdict.outcome !== evaluation.verdict.outcome) {
        note(past, { tally, evaluation, verdict, gate: gate.id, decisive: evaluation === decisive })
      }
    }
    return decided
  }

  function note(
    { promotion, release, fate }: PastPromotion,
    flip: { tally: GateBacktest; evaluation: Evaluation; verdict: Verdict; gate: string; decisive: boolean },
  ): void {
    const { tally, evaluation, verdict, gate, decisive } = flip
    const was = evaluation.verdict.outcome
    if (verdict.outcome === 'pass') tally.toPass += 1
    if (was === 'pass') tally.fromPass += 1
    sums.flipped += 1
    sums.flips.push({
      promotion: promotion.id,
      release: release.version,
      environment: promotion.environment,
      gate,
      at: evaluation.at,
      was,
      would: verdict.outcome,
      reason: clipped(verdict.reason, reasonCharacters),
      fate,
      decisive,
    })
  }

  function tallyOf(environment: string, { id, use }: RequiredGate): GateBacktest {
    const key = `${environment} ${id}`
    const known = perGate.get(key) ?? { environment, id, use, judged: 0, unjudged: 0, toPass: 0, fromPass: 0 }
    perGate.set(key, known)
    return known
  }

  return { add, result: (): Backtest => ({ ...sums, gates: [...perGate.values()] }) }
}

/** What was recorded for this gate: under its own id, or, when it was renamed, by the only gate of the kind that nobody else claims. */
function recordedFor(gate: RequiredGate, evaluations: Evaluation[], required: RequiredGate[]): Evaluation[] {
  const own = evaluations.filter((evaluation) => evaluation.gate.id === gate.id && evaluation.gate.use === gate.use)
  if (own.length > 0) return own
  const orphans = evaluations.filter(
    (evaluation) => evaluation.gate.use === gate.use && !required.some(({ id }) => id === evaluation.gate.id),
  )
  const ids = new Set(orphans.map((evaluation) => evaluation.gate.id))
  const claimants = required.filter(({ use, id }) => use === gate.use && !evaluations.some((one) => one.gate.id === id))
  return ids.size === 1 && claimants.length === 1 ? orphans : []
}

function decisiveOf(recorded: Evaluation[], startedAt: Date | null): Evaluation | undefined {
  return startedAt === null ? recorded.at(-1) : recorded.findLast(({ at }) => at <= startedAt)
}

/** As it was judged then, but for what comes before the environment: that belongs to the settings that are tried. */
function subjectOf({ promotion, release, policyAt }: PastPromotion, { at }: Evaluation, after: string[]) {
  return {
    project: promotion.project,
    environment: promotion.environment,
    // Gates are asked only while a promotion waits, and that is before its first attempt.
    promotion: { ...promotion, attempt: 0 },
    release,
    policy: policyAt(at),
    after,
    at,
  }
}
