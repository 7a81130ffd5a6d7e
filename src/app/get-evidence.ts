import type { Actor } from '../core/actor.ts'
import type { Digest } from '../core/digest.ts'
import type { Evaluation } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Release } from '../core/release.ts'
import type { App } from './app.ts'
import { policyAt } from './policy-at.ts'
import { readProject } from './read-project.ts'

/** What the gates of a promotion saw last, and everything they were judged about. */
export interface RecordedEvidence {
  promotion: Promotion
  release: Release
  policy: Digest
  /** When the newest of the verdicts was made; when the promotion was asked for while there is none. */
  at: Date
  gates: { gate: string; use: string; evidence: unknown; outcome: Evaluation['verdict']['outcome']; reason: string }[]
}

/** The newest evidence of each gate of one promotion, as it was recorded. */
export async function getEvidence(
  app: App,
  actor: Actor,
  { project, id }: { project: string; id: string },
): Promise<RecordedEvidence> {
  return readProject(app, actor, project, async (tx) => {
    const promotion = await tx.promotions.get(project, id)
    const evaluations = await tx.evaluations.latest(id)
    const newest = Math.max(promotion.requestedAt.getTime(), ...evaluations.map(({ at }) => at.getTime()))
    const at = new Date(newest)
    return {
      promotion,
      release: await tx.releases.get(project, promotion.release),
      policy: policyAt(await tx.revisions.list(project), promotion.environment)(at),
      at,
      gates: evaluations.map(({ gate, evidence, verdict: { outcome, reason } }) => ({
        gate: gate.id,
        use: gate.use,
        evidence,
        outcome,
        reason,
      })),
    }
  })
}
