import { lockflight } from '../core/actor.ts'
import { after } from '../core/duration.ts'
import type { EntryType } from '../core/entry.ts'
import { fitted } from '../core/fitted.ts'
import type { Evaluation, RequiredGate } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'

/** The verdicts of one look at a promotion. */
export interface Verdicts {
  required: RequiredGate[]
  evaluations: Evaluation[]
  /** The newest stored ones of the same promotion, one for each gate. */
  before: Evaluation[]
}

/** Stores verdicts that say something else than those before, each as an immutable row, and logs those whose outcome changed. Returns the row that now stands for each verdict. */
export async function recordVerdicts(
  tx: Transaction,
  promotion: Promotion,
  { required, evaluations, before: rows }: Verdicts,
): Promise<Evaluation[]> {
  const before = new Map(rows.map((evaluation) => [evaluation.gate.id, evaluation]))
  const news = evaluations.filter((evaluation) => !says(before.get(evaluation.gate.id), evaluation, required))
  if (news.length > 0) await tx.evaluations.add(news)
  for (const { id, gate, verdict, evidenceDigest } of news) {
    const old = before.get(gate.id)
    if (old?.verdict.outcome === verdict.outcome && old.gate.digest === gate.digest) continue
    await tx.log({
      type: entryTypeOf(verdict.outcome),
      actor: lockflight.id,
      project: promotion.project,
      environment: promotion.environment,
      subject: promotion.id,
      data: fitted({
        gate: gate.id,
        use: gate.use,
        definition: gate.digest,
        evaluation: id,
        evidence: evidenceDigest,
        release: promotion.release,
        ...(gate.shadow && { shadow: true }),
        outcome: verdict.outcome,
        reason: verdict.reason,
        links: verdict.links,
      }),
    })
  }
  return evaluations.map((evaluation) => (news.includes(evaluation) ? evaluation : before.get(evaluation.gate.id)!))
}

function entryTypeOf(outcome: Evaluation['verdict']['outcome']): EntryType {
  switch (outcome) {
    case 'pass':
      return 'gate.passed'
    case 'wait':
      return 'gate.waiting'
    case 'fail':
    case 'inconclusive':
    case 'error':
      return 'gate.failed'
  }
}

/** True when the older row already says all that the newer one does; what was seen outside has to be said again while it could still be used. */
function says(older: Evaluation | undefined, newer: Evaluation, required: RequiredGate[]): boolean {
  const gate = required.find(({ id }) => id === newer.gate.id)
  return (
    older !== undefined &&
    (gate?.reads !== 'outside' || newer.at < after(older.at, gate.maxAgeSeconds / 2)) &&
    older.gate.digest === newer.gate.digest &&
    older.evidenceDigest === newer.evidenceDigest &&
    older.verdict.outcome === newer.verdict.outcome &&
    older.verdict.reason === newer.verdict.reason
  )
}
