import type { Hash, Subtree } from '../core/merkle.ts'
import { Refusal } from '../core/refusal.ts'
import { entryBundle, tileWidth, type TileId } from '../core/tile.ts'
import type { Database } from './database.ts'
import { hashesOf, placeOf } from './stored-tile.ts'

/** The newest checkpoint, as the signed note; refuses with `not_found` while the log is empty. */
export async function readCheckpoint(database: Database): Promise<string> {
  const { rows } = await database.query<{ note: string }>('select note from log_checkpoint order by size desc limit 1')
  if (!rows[0]) throw new Refusal('not_found', 'the log has no checkpoint yet: nothing has been logged')
  return rows[0].note
}

/** The first `width` hashes of a tile (C2SP tlog-tiles); refuses with `not_found` when the log has not come that far. */
export async function readTile(database: Database, { level, index }: TileId, width: number): Promise<Uint8Array> {
  const { rows } = await database.query<{ nodes: Uint8Array }>(
    'select nodes from log_tile where level = $1 and index = $2 and width >= $3',
    [level, index, width],
  )
  if (!rows[0]) throw new Refusal('not_found', `the log has no tile ${level}/${index} of width ${width}`)
  return hashesOf(rows[0].nodes, width)
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

/** The roots of complete subtrees, each null where the log has not come that far; one read of a few bytes for each. */
export async function readNodes(database: Database, subtrees: Subtree[]): Promise<(Hash | null)[]> {
  const places = subtrees.map(placeOf)
  const { rows } = await database.query<{ node: Hash | null }>(
    `select nullif(substr(nodes, position * 32 + 1, 32), '') as node
     from unnest($1::smallint[], $2::bigint[], $3::int[]) with ordinality as wanted (level, index, position, place)
     left join log_tile using (level, index) order by place`,
    [places.map(({ level }) => level), places.map(({ index }) => index), places.map(({ position }) => position)],
  )
  return rows.map(({ node }) => node)
}
