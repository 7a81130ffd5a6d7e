import { hashSize } from '../core/merkle.ts'
import { tileWidth } from '../core/tile.ts'
import type { ExportedEntry } from '../core/verify-log.ts'
import type { Database } from './database.ts'
import { readTiles, tileName } from './tiles.ts'

/** The entries from that index on, as they are and as the tree has them; fewer than the limit at the end of the log. */
export async function exportEntries(database: Database, from: number, limit: number): Promise<ExportedEntry[]> {
  const first = Math.floor(from / tileWidth)
  const last = Math.floor((from + limit - 1) / tileWidth)
  const tileIds = Array.from({ length: last - first + 1 }, (_, at) => ({ level: 0, index: first + at }))
  const { rows } = await database.query<{ index: number; body: string }>(
    'select index, body from log_entry where index >= $1 order by index limit $2',
    [from, limit],
  )
  const tiles = await readTiles(database, tileIds)
  return rows.map(({ index, body }) => {
    const at = (index % tileWidth) * hashSize
    const leaf = tiles.get(tileName({ level: 0, index: Math.floor(index / tileWidth) }))?.subarray(at, at + hashSize)
    return { index, body, leaf: leaf?.length === hashSize ? leaf : null }
  })
}

/** Signed checkpoints above a size, the smallest first. */
export async function exportCheckpoints(
  database: Database,
  aboveSize: number,
  limit: number,
): Promise<{ size: number; note: string }[]> {
  const { rows } = await database.query<{ size: number; note: string }>(
    'select size, note from log_checkpoint where size > $1 order by size limit $2',
    [aboveSize, limit],
  )
  return rows
}
