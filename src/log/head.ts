import { openCheckpoint, type Checkpoint } from '../core/checkpoint.ts'
import { hashSize, rootOf, sameHash, type Frontier } from '../core/merkle.ts'
import { subtreesOf } from '../core/merkle-path.ts'
import type { VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { lastTiles, subtreeHash, tileOf } from '../core/tile.ts'
import type { Database } from './database.ts'

/** Where the log ends, checked against itself: everything that is needed to extend it. */
export interface Head {
  /** Null while the log is empty. */
  checkpoint: Checkpoint | null
  frontier: Frontier
  /** The hashes of the last tile of each level, level 0 first. */
  lastTiles: Uint8Array[]
}

interface NewestRow {
  note: string | null
  last: number | null
}

interface TileRow {
  level: number
  index: number
  hashes: Uint8Array
}

/**
 * Reads the log's end. Refuses with `unavailable`, reason `log_inconsistent`, unless entries, tiles and the newest
 * checkpoint agree on the size, the tiles give the checkpoint's root, and this key has signed it: nothing may be
 * signed on top of a log that was changed.
 */
export async function readHead(database: Database, key: VerifierKey): Promise<Head> {
  const [newest, tiles] = await Promise.all([
    database.query<NewestRow>(
      `select (select note from log_checkpoint order by size desc limit 1) as note, (select max(index) from log_entry) as last`,
    ),
    database.query<TileRow>(
      `select level, tile.index, tile.hashes from generate_series(0, 7) as level cross join lateral
       (select index, hashes from log_tile where log_tile.level = level.level order by index desc limit 1) as tile
       order by level`,
    ),
  ])
  return checkedHead(newest.rows[0]!, tiles.rows, key)
}

function checkedHead({ note, last }: NewestRow, tiles: TileRow[], key: VerifierKey): Head {
  const opened = note === null ? { checkpoint: null } : openCheckpoint(note, key)
  if ('problem' in opened) throw inconsistent(`its newest checkpoint is ${opened.problem}`)
  const { checkpoint } = opened
  const size = checkpoint?.size ?? 0
  const entries = last === null ? 0 : last + 1
  if (entries !== size) throw inconsistent(`it ends after ${entries} entries, its newest checkpoint after ${size}`)

  const expected = lastTiles(size)
  const reaching = tiles.filter(({ level, index, hashes }, at) => {
    const tile = expected[at]
    return tile?.level === level && tile.index === index && tile.width * hashSize === hashes.length
  })
  if (tiles.length !== expected.length || reaching.length !== expected.length) {
    throw inconsistent(`its tiles do not end where its newest checkpoint does, after ${size} entries`)
  }
  const peaks = subtreesOf({ start: 0, end: size }).map((subtree) =>
    subtreeHash(tiles[tileOf(subtree).level]!.hashes, subtree)!,
  )
  const frontier = { size, peaks }
  if (checkpoint && !sameHash(rootOf(frontier), checkpoint.root)) {
    throw inconsistent(`its tiles do not give the root of its newest checkpoint, of size ${size}`)
  }
  return { checkpoint, frontier, lastTiles: tiles.map(({ hashes }) => hashes) }
}

/** The refusal to extend a log that contradicts itself. */
export function inconsistent(what: string): Refusal {
  return new Refusal(
    'unavailable',
    `the log cannot be extended: ${what}; find the first bad entry with: lockflight audit verify`,
    { reason: 'log_inconsistent' },
  )
}
