import type { TransparencyLogEntry } from '@sigstore/bundle'
import { isSignedNote } from '../core/note.ts'
import { Disbelieved } from '../core/disbelieved.ts'

/**
 * What the log's own proofs leave open: each number beside a proof must be the one that was proven (cosign CVE-2026-22703
 * was of that kind), and a time counts only when the log has signed it.
 */
export function checkLogEntries(entries: TransparencyLogEntry[]): void {
  for (const { integratedTime, inclusionPromise, inclusionProof, logIndex } of entries) {
    if (!inclusionPromise && Number(integratedTime) !== 0) {
      throw new Disbelieved('timestamp.invalid', 'the log entry names a time that the log has not signed')
    }
    const numbers = [logIndex, ...(inclusionProof ? [inclusionProof.logIndex, inclusionProof.treeSize] : [])]
    const odd = numbers.find((text) => !/^(0|[1-9][0-9]*)$/.test(text))
    if (odd !== undefined)
      throw new Disbelieved('tlog.inclusion', `expected an index or size, found ${odd || 'nothing'}`)
    if (!inclusionProof) continue
    const { checkpoint }: { checkpoint?: typeof inclusionProof.checkpoint } = inclusionProof
    if (!checkpoint) throw new Disbelieved('tlog.inclusion', 'the proof has no checkpoint, so no log stands behind it')
    if (!isSignedNote(checkpoint.envelope)) {
      throw new Disbelieved('tlog.inclusion', 'the checkpoint is not a signed note')
    }
    const [, size = '', root = ''] = checkpoint.envelope.split('\n')
    if (inclusionProof.treeSize !== size || inclusionProof.rootHash.toString('base64') !== root) {
      throw new Disbelieved('tlog.inclusion', 'the proof is about another tree than its checkpoint')
    }
    // An old log is kept in several trees, and then the promise has the index in all of them.
    if (!inclusionPromise && inclusionProof.logIndex !== logIndex) {
      throw new Disbelieved('tlog.inclusion', `the entry says index ${logIndex}, its proof ${inclusionProof.logIndex}`)
    }
  }
}
