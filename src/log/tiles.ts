import { hashSize, type Hash, type Subtree } from '../core/merkle.ts'
import { Refusal } from '../core/refusal.ts'
import { entryBundle, tileWidth, type TileId } from '../core/tile.ts'
import { newestCheckpoint } from './cosigned.ts'
import type { Database } from './database.ts'
import { hashesOf, nodeAt, placeOf } from './stored-tile.ts'

/** The newest checkpoint, as the signed note with the cosignatures it has so far; refuses with `not_found` while the log is empty. */
export async function readCheckpoint(database: Database): Promise<string> {
  const newest = await newestCheckpoint(database)
  if (!newest) throw new Refusal('not_found', 'the log has no checkpoint yet: nothing has been logged')
  return newest.note
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

/** The roots of complete subtrees, each null where the log has not come that far; one read of the tiles they are in. */
export async function readNodes(database: Database, subtrees: Subtree[]): Promise<(Hash | null)[]> {
  const places = subtrees.map(placeOf)
  const wanted = [...new Map(places.map((place) => [tileName(place), place])).values()]
  const { rows } = await database.query<TileId & { nodes: Uint8Array }>(
    `select level, index, nodes from log_tile
     join unnest($1::smallint[], $2::bigint[]) as wanted (level, index) using (level, index)`,
    [wanted.map(({ level }) => level), wanted.map(({ index }) => index)],
  )
  const tiles = new Map(rows.map((row) => [tileName(row), row.nodes]))
  return places.map((place) => {
    const node = nodeAt(tiles.get(tileName(place)) ?? Buffer.alloc(0), place.position)
    return node.length === hashSize ? node : null
  })
}

function tileName({ level, index }: TileId): string {
  return `${level}/${index}`
}
