import { openCheckpoint, type Checkpoint } from '../core/checkpoint.ts'
import type { LogHistory } from '../core/checkpoint-sink.ts'
import { verifyConsistency } from '../core/merkle-proof.ts'
import { Refusal } from '../core/refusal.ts'

/** Refuses, with reason `log_forked`, unless the log has a checkpoint that begins with the one which is kept in that place. */
export async function refuseFork(where: string, kept: Checkpoint, log: LogHistory): Promise<void> {
  if (kept.size === 0) return
  const ours = await newestOf(log)
  // Whoever else delivers takes checkpoints from the same database: one that is larger than its newest was lost there.
  if (!ours || ours.size < kept.size) throw shrunk(where, kept.size, ours?.size ?? 0)
  const proof = await log.prove(kept.size, ours.size)
  const roots = { size1: kept.size, root1: kept.root, size2: ours.size, root2: ours.root }
  if (!verifyConsistency({ ...roots, proof })) throw forked(where, `another beginning of ${kept.size} entries`)
}

/** The checkpoint in a note that was kept in that place; refuses, with `conflict`, what this log has not signed. */
export function keptCheckpoint(where: string, note: string, { key }: LogHistory): Checkpoint {
  const opened = openCheckpoint(note, key)
  if ('checkpoint' in opened) return opened.checkpoint
  throw new Refusal(
    'conflict',
    `${where} has something else than a checkpoint of this log, and keeps it: ${opened.problem}`,
  )
}

/** The refusal when a place has seen more of the log than the log has now. */
export function shrunk(where: string, seen: number, size: number): Refusal {
  return forked(where, `${seen} entries, but the log has only ${size}`)
}

/** The refusal when a place has seen something that the log does not go on from (A30, F09, F10). */
export function forked(where: string, seen: string): Refusal {
  return new Refusal(
    'conflict',
    `${where} has seen ${seen}: the database was restored from an older backup, has lost entries, or the log was rewritten; docs/audit.md says what to do`,
    { reason: 'log_forked' },
  )
}

async function newestOf(log: LogHistory): Promise<Checkpoint | null> {
  const newest = await log.newest()
  return newest && keptCheckpoint('the database', newest.note, log)
}
