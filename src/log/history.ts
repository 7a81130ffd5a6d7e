import type { LogHistory } from '../core/checkpoint-sink.ts'
import type { VerifierKey } from '../core/note.ts'
import { newestCheckpoint } from './cosigned.ts'
import type { Database } from './database.ts'
import { consistencyProof } from './proofs.ts'

/** The log as the places that keep its checkpoints ask about it; each answer is a transaction of its own. */
export function logHistory(database: Database, key: VerifierKey): LogHistory {
  return {
    key,
    newest: async () => (await newestCheckpoint(database)) ?? null,
    prove: (size1, size2) => consistencyProof(database, size1, size2),
    async cosignedBy(witness) {
      const { rows } = await database.query<{ size: number | null }>(
        'select max(size) as size from log_cosignature where witness = $1',
        [witness],
      )
      return rows[0]?.size ?? 0
    },
    async addCosignature({ size, witness, line }) {
      await database.query(
        'insert into log_cosignature (size, witness, line) values ($1, $2, $3) on conflict do nothing',
        [size, witness, line],
      )
    },
  }
}
