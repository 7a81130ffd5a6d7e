import type { SignedCheckpoint } from '../core/checkpoint.ts'
import type { ExportedEntry } from '../core/verify-log.ts'
import { cosigned } from './cosigned.ts'
import type { Database } from './database.ts'
import { readNodes } from './tiles.ts'

/** The entries from that index on, as they are and as the tree has them; fewer than the limit at the end of the log. */
export async function exportEntries(database: Database, from: number, limit: number): Promise<ExportedEntry[]> {
  const { rows } = await database.query<{ index: number; body: string }>(
    'select index, body from log_entry where index >= $1 order by index limit $2',
    [from, limit],
  )
  const leaves = await readNodes(
    database,
    rows.map(({ index }) => ({ level: 0, index })),
  )
  return rows.map(({ index, body }, at) => ({ index, body, leaf: leaves[at] ?? null }))
}

/** Signed checkpoints above a size with their cosignatures, the smallest first. */
export async function exportCheckpoints(
  database: Database,
  aboveSize: number,
  limit: number,
): Promise<SignedCheckpoint[]> {
  const { rows } = await database.query<SignedCheckpoint>(
    `select size, ${cosigned} as note from log_checkpoint where size > $1 order by size limit $2`,
    [aboveSize, limit],
  )
  return rows
}
