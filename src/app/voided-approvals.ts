import { approvalBinding, approvalSubject } from '../core/approval.ts'
import { policyDigest, type Configuration } from '../core/configuration.ts'
import type { Digest } from '../core/digest.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'

/** What people said yes to before a change that takes the worth from it. */
export interface VoidedApprovals {
  environment: string
  promotion: string
  approvals: number
}

/** The approvals of waiting promotions that count now and would not under another policy, since each is bound to the one it was given under (A04). */
export async function voidedApprovals(
  tx: Transaction,
  before: Configuration,
  after: Configuration,
): Promise<VoidedApprovals[]> {
  const { project } = before
  const voided: VoidedApprovals[] = []
  for (const [environment, definition] of Object.entries(before.environments)) {
    const policy = policyDigest(definition)
    const next = after.environments[environment]
    if (next && policyDigest(next) === policy) continue
    for (const promotion of await tx.promotions.waitingIn(project, environment)) {
      const approvals = await approvalsThatCount(tx, promotion, policy)
      if (approvals > 0) voided.push({ environment, promotion: promotion.id, approvals })
    }
  }
  return voided
}

async function approvalsThatCount(tx: Transaction, promotion: Promotion, policy: Digest): Promise<number> {
  const { project, environment } = promotion
  const release = await tx.releases.get(project, promotion.release)
  const given = await tx.approvals.of(promotion.id)
  const takenBack = new Set(given.flatMap(({ decision, binds }) => (decision === 'reject' ? [binds] : [])))
  return given.filter(({ by, decision, binds, expiresAt }) => {
    const subject = approvalSubject({ project, promotion, environment, release, policy }, by, expiresAt)
    const counts = decision === 'approve' && !takenBack.has(binds)
    return counts && expiresAt > tx.now && binds === approvalBinding(subject)
  }).length
}
