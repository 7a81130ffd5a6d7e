import { hashSize } from '../core/merkle.ts'
import { Refusal } from '../core/refusal.ts'
import { entryBundle, tileWidth, type TileId } from '../core/tile.ts'
import type { Database } from './database.ts'

/** The newest checkpoint, as the signed note; refuses with `not_found` while the log is empty. */
export async function readCheckpoint(database: Database): Promise<string> {
  const { rows } = await database.query<{ note: string }>('select note from log_checkpoint order by size desc limit 1')
  if (!rows[0]) throw new Refusal('not_found', 'the log has no checkpoint yet: nothing has been logged')
  return rows[0].note
}

/** The first `width` hashes of a tile (C2SP tlog-tiles); refuses with `not_found` when the log has not come that far. */
export async function readTile(database: Database, { level, index }: TileId, width: number): Promise<Uint8Array> {
  const { rows } = await database.query<{ hashes: Uint8Array }>(
    'select hashes from log_tile where level = $1 and index = $2 and octet_length(hashes) >= $3',
    [level, index, width * hashSize],
  )
  if (!rows[0]) throw new Refusal('not_found', `the log has no tile ${level}/${index} of width ${width}`)
  return rows[0].hashes.subarray(0, width * hashSize)
}

/** The first `width` entries of a bundle (C2SP tlog-tiles); refuses with `not_found` when the log has not come that far. */
export async function readEntryBundle(database: Database, index: number, width: number): Promise<Uint8Array> {
  const first = index * tileWidth
  const { rows } = await database.query<{ body: string }>(
    'select body from log_entry where index >= $1 and index < $2 order by index',
    [first, first + width],
  )
  if (rows.length < width) throw new Refusal('not_found', `the log has no entries ${first} to ${first + width - 1}`)
  return entryBundle(rows.map(({ body }) => Buffer.from(body)))
}

/** Those of the tiles that there are, by `tileName`, in one read. */
export async function readTiles(database: Database, tiles: TileId[]): Promise<Map<string, Uint8Array>> {
  const { rows } = await database.query<{ level: number; index: number; hashes: Uint8Array }>(
    `select level, index, hashes from log_tile
     join unnest($1::smallint[], $2::bigint[]) as wanted (level, index) using (level, index)`,
    [tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
  )
  return new Map(rows.map(({ level, index, hashes }) => [tileName({ level, index }), hashes]))
}

/** A tile's key in a map. */
export function tileName({ level, index }: TileId): string {
  return `${level}/${index}`
}
