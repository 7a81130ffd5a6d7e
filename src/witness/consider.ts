import type { AddCheckpoint } from '../core/add-checkpoint.ts'
import type { Checkpoint } from '../core/checkpoint.ts'
import { emptyRoot, sameHash } from '../core/merkle.ts'
import { verifyConsistency } from '../core/merkle-proof.ts'

/** What a witness makes of a checkpoint that a log it knows has signed. */
export type Decision =
  /** It continues all that was seen; `isNew` when it has to be remembered before anyone is told. */
  | { outcome: 'cosign'; isNew: boolean }
  /** The log is to prove that it continues what was seen last, which has this size. */
  | { outcome: 'elsewhere'; known: number }
  /** The size seen last, with another root: the log has two histories. */
  | { outcome: 'fork' }
  /** Older than what it says it continues. */
  | { outcome: 'backwards' }
  /** The proof does not lead from what was seen last to this. */
  | { outcome: 'unproven' }

/** The whole of a witness's judgement (C2SP tlog-witness, add-checkpoint): pure, given what was cosigned last for this log, or null. */
export function consider(
  known: Checkpoint | null,
  { oldSize, proof }: Pick<AddCheckpoint, 'oldSize' | 'proof'>,
  next: Checkpoint,
): Decision {
  const size1 = known?.size ?? 0
  const root1 = known?.root ?? emptyRoot
  if (oldSize > next.size) return { outcome: 'backwards' }
  if (oldSize !== size1) return { outcome: 'elsewhere', known: size1 }
  if (next.size === size1) {
    if (!sameHash(next.root, root1)) return { outcome: 'fork' }
    return proof.length === 0 ? { outcome: 'cosign', isNew: known === null } : { outcome: 'unproven' }
  }
  const continues =
    size1 === 0 ? proof.length === 0 : verifyConsistency({ size1, size2: next.size, root1, root2: next.root, proof })
  return continues ? { outcome: 'cosign', isNew: true } : { outcome: 'unproven' }
}
