import type { ActorId } from './actor.ts'
import { digestOfJson, type Digest } from './digest.ts'
import type { Release } from './release.ts'

/** One person's answer to one promotion; only an answer whose binding still holds counts. */
export interface Approval {
  id: string
  project: string
  promotion: string
  by: ActorId
  decision: 'approve' | 'reject'
  reason: string
  /** See `approvalBinding`. */
  binds: Digest
  at: Date
  expiresAt: Date
}

/** Everything an approval is a yes to. */
export interface ApprovalSubject {
  project: string
  promotion: string
  /** The attempt the approval is for: the one that would start next. */
  attempt: number
  environment: string
  release: Digest
  artifacts: Digest[]
  /** Covers the gates and their settings, the deployer and its settings: see `policyDigest`. */
  policy: Digest
  approver: ActorId
  expiresAt: Date
}

/** The digest an approval carries; change anything it covers and the approval no longer counts (A03–A05). */
export function approvalBinding(subject: ApprovalSubject): Digest {
  return digestOfJson({
    ...subject,
    artifacts: subject.artifacts.toSorted(),
    expiresAt: subject.expiresAt.toISOString(),
  })
}

/** What one person answers to when they approve that promotion now, under that policy. */
export function approvalSubject(
  { project, promotion, environment, release, policy }: ApprovalContext,
  approver: ActorId,
  expiresAt: Date,
): ApprovalSubject {
  return {
    project,
    promotion: promotion.id,
    attempt: promotion.attempt + 1,
    environment,
    release: release.digest,
    artifacts: release.artifacts.map((artifact) => artifact.digest),
    policy,
    approver,
    expiresAt,
  }
}

/** The parts of a gate's subject that an approval depends on. */
export interface ApprovalContext {
  project: string
  environment: string
  promotion: { id: string; attempt: number }
  release: Pick<Release, 'digest' | 'artifacts'>
  policy: Digest
}

/** Answers to promotions. */
export interface Approvals {
  of(promotion: string): Promise<Approval[]>
  add(approval: Approval): Promise<void>
}
