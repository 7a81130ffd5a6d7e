import type { Actor } from '../core/actor.ts'
import { approvalBinding, approvalSubject, type Approval } from '../core/approval.ts'
import { policyDigest } from '../core/configuration.ts'
import { gatesOf } from '../core/evaluate.ts'
import type { Subject } from '../core/gate.ts'
import type { Promotion } from '../core/promotion.ts'
import { Refusal } from '../core/refusal.ts'
import type { Transaction } from '../core/store.ts'
import type { App } from './app.ts'
import { lockPromotion } from './lock-promotion.ts'
import { definitionOf } from './request-promotion.ts'

/** Records one person's yes or no to one promotion, bound to everything it answers to, and wakes the promotion. A no takes the place of their yes, and is final; the same answer again changes nothing. */
export async function answerPromotion(
  app: App,
  actor: Actor,
  { project, id, decision, reason }: { project: string; id: string; decision: Approval['decision']; reason: string },
): Promise<Approval> {
  return app.store.transaction(async (tx) => {
    const promotion = await lockPromotion(app, tx, actor, { project, id }, () => 'promotion.approve')
    if (promotion.state !== 'waiting') {
      throw new Refusal('conflict', `promotion ${id} is ${promotion.state}, not waiting for an answer`)
    }
    const subject = await subjectOf(tx, promotion)
    await refuseUselessAnswer(app, tx, actor, subject, { decision, reason })

    const expiresAt = promotion.expiresAt
    const binds = approvalBinding(approvalSubject(subject, actor.id, expiresAt))
    const earlier = (await tx.approvals.of(id)).filter((answer) => answer.by === actor.id && answer.binds === binds)
    const [last] = earlier.toSorted(byDecision)
    if (last && !(last.decision === 'approve' && decision === 'reject')) return sameAnswer(last, decision)

    const approval = {
      id: app.newId(),
      project,
      promotion: id,
      by: actor.id,
      decision,
      reason,
      binds,
      // Who waited for the lock began before the answer that this one follows.
      at: last && last.at > tx.now ? last.at : tx.now,
      expiresAt,
    }
    await tx.approvals.add(approval)
    await tx.log({
      type: decision === 'approve' ? 'approval.granted' : 'approval.refused',
      actor: actor.id,
      project,
      environment: promotion.environment,
      subject: id,
      data: { approval: approval.id, release: promotion.release, policy: subject.policy, binds, reason },
    })
    await tx.enqueue({ verb: 'advance-promotion', promotion: id })
    return approval
  })
}

async function subjectOf(tx: Transaction, promotion: Promotion): Promise<Subject> {
  const { project, environment } = promotion
  const definition = await definitionOf(tx, project, environment)
  const release = await tx.releases.get(project, promotion.release)
  const policy = policyDigest(definition)
  return { project, environment, promotion, release, policy, after: definition.after, at: tx.now }
}

/** An answer that no gate could ever count is refused at once, with the reason, instead of being kept and ignored (A01). */
async function refuseUselessAnswer(
  app: App,
  tx: Transaction,
  actor: Actor,
  subject: Subject,
  { decision, reason }: Pick<Approval, 'decision' | 'reason'>,
): Promise<void> {
  const { project, environment, promotion } = subject
  const asking = gatesOf(await definitionOf(tx, project, environment), promotion.class, app.gates).flatMap(
    ({ use, config: given }) => {
      const gate = app.gates[use]
      if (!gate?.excludes) return []
      const config = gate.config.parse(given)
      return [{ exclusion: gate.excludes(config, subject, actor.id), wantsReason: gate.wantsReason?.(config) ?? false }]
    },
  )
  if (asking.length === 0) {
    throw new Refusal(
      'conflict',
      `${environment} asks nobody for approval; to stop promotion ${promotion.id}: lockflight cancel ${promotion.id}`,
    )
  }
  const exclusion = asking[0]?.exclusion
  if (decision === 'approve' && exclusion && asking.every((each) => each.exclusion !== null)) {
    throw new Refusal('forbidden', `${actor.name} ${exclusion} and may not approve it; someone else has to`, {
      reason: 'self_approval',
    })
  }
  if (reason.trim() === '' && (decision === 'reject' || asking.some(({ wantsReason }) => wantsReason))) {
    const what = decision === 'reject' ? 'a no' : `an approval for ${environment}`
    throw new Refusal('invalid', `expected a reason: ${what} has to say why; found none`, { reason: 'reason_missing' })
  }
}

/** A no first: nobody says yes after it. */
function byDecision(one: Approval, other: Approval): number {
  return Number(other.decision === 'reject') - Number(one.decision === 'reject')
}

function sameAnswer(earlier: Approval, decision: Approval['decision']): Approval {
  if (earlier.decision === decision) return earlier
  throw new Refusal(
    'conflict',
    `${earlier.by} has rejected promotion ${earlier.promotion} already, and a no is final; ask for a new promotion`,
    { reason: 'already_answered' },
  )
}
