import type { SignedCheckpoint } from './checkpoint.ts'
import type { Hash } from './merkle.ts'
import type { VerifierKey } from './note.ts'

/** A place outside of the database that the newest checkpoint of the log is brought to, so that nobody can rewrite the log unseen. */
export interface CheckpointSink {
  /** How health, metrics and reports call it; without anything secret. */
  name: string
  /** True when the cosignatures of others make no difference to it. */
  ignoresCosignatures?: boolean
  /**
   * Brings a checkpoint there; safe to repeat, ends within three minutes, and never puts an older one in the place of a newer.
   * Refuses with reason `log_forked` when what is there contradicts the log; anything else thrown is tried again.
   */
  deliver(checkpoint: SignedCheckpoint, log: LogHistory): Promise<void>
}

/** What a place may need to know of the log to see that it goes on from what is there. */
export interface LogHistory {
  key: VerifierKey
  /** With the cosignatures it has so far; null while the log is empty. */
  newest(): Promise<SignedCheckpoint | null>
  /** What proves that the tree of `size2` begins with the one of `size1` (RFC 6962 §2.1.2), 1 ≤ size1 ≤ size2. */
  prove(size1: number, size2: number): Promise<Hash[]>
  /** The size of the newest checkpoint that this witness has cosigned; 0 when there is none. */
  cosignedBy(witness: string): Promise<number>
  /** Keeps a cosignature with its checkpoint; does nothing when this witness has one there. */
  addCosignature(cosignature: { size: number; witness: string; line: string }): Promise<void>
}

/** How it stands with one place. */
export interface SinkState {
  name: string
  /** The size of the checkpoint brought there last by this process; null before the first. */
  size: number | null
  deliveredAt: Date | null
  /** Why the newest checkpoint could not be brought there; null while all is well. */
  trouble: string | null
  /** True when what is there contradicts the log: entries were lost or rewritten. */
  forked: boolean
  failures: number
}
