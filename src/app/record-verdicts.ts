import { lockflight } from '../core/actor.ts'
import type { Evaluation } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'

/** Stores verdicts that say something new, each as an immutable row, and logs those whose outcome changed. */
export async function recordVerdicts(tx: Transaction, promotion: Promotion, evaluations: Evaluation[]): Promise<void> {
  const before = new Map(
    (await tx.evaluations.latest(promotion.id)).map((evaluation) => [evaluation.gate.id, evaluation]),
  )
  const news = evaluations.filter((evaluation) => !says(before.get(evaluation.gate.id), evaluation))
  if (news.length > 0) await tx.evaluations.add(news)
  for (const { id, gate, verdict, evidenceDigest } of news) {
    const old = before.get(gate.id)
    if (old?.verdict.outcome === verdict.outcome && old.gate.digest === gate.digest) continue
    await tx.log({
      type: verdict.outcome === 'pass' ? 'gate.passed' : 'gate.failed',
      actor: lockflight.id,
      project: promotion.project,
      environment: promotion.environment,
      subject: promotion.id,
      data: {
        gate: gate.id,
        use: gate.use,
        definition: gate.digest,
        evaluation: id,
        evidence: evidenceDigest,
        release: promotion.release,
        outcome: verdict.outcome,
        reason: verdict.reason,
        links: verdict.links,
      },
    })
  }
}

/** True when the older row already says all that the newer one does. */
function says(older: Evaluation | undefined, newer: Evaluation): boolean {
  return (
    older !== undefined &&
    older.gate.digest === newer.gate.digest &&
    older.evidenceDigest === newer.evidenceDigest &&
    older.verdict.outcome === newer.verdict.outcome &&
    older.verdict.reason === newer.verdict.reason
  )
}
