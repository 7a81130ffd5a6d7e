import { openCheckpoint, type Checkpoint } from '../core/checkpoint.ts'
import { rootOf, sameHash, type Frontier } from '../core/merkle.ts'
import { subtreesOf } from '../core/merkle-path.ts'
import type { VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { lastTiles, type TileExtent } from '../core/tile.ts'
import type { Database } from './database.ts'
import { hashesOf, nodeAt, nodesOver, placeOf, type StoredTile } from './stored-tile.ts'

/** Where the log ends, checked against itself: everything that is needed to extend it. */
export interface Head {
  /** Null while the log is empty. */
  checkpoint: Checkpoint | null
  frontier: Frontier
  /** The last tile of each level, level 0 first. */
  lastTiles: StoredTile[]
}

interface NewestRow {
  note: string | null
  last: number | null
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
    database.query<StoredTile>(
      `select tile.* from generate_series(0, 7) as levels (level) cross join lateral
       (select * from log_tile where log_tile.level = levels.level order by index desc limit 1) as tile
       order by level`,
    ),
  ])
  return checkedHead(newest.rows[0]!, tiles.rows, key)
}

function checkedHead({ note, last }: NewestRow, tiles: StoredTile[], key: VerifierKey): Head {
  const opened = note === null ? { checkpoint: null } : openCheckpoint(note, key)
  if ('problem' in opened) throw inconsistent(`its newest checkpoint is ${opened.problem}`)
  const { checkpoint } = opened
  const size = checkpoint?.size ?? 0
  const entries = last === null ? 0 : last + 1
  if (entries !== size) throw inconsistent(`it ends after ${entries} entries, its newest checkpoint after ${size}`)

  const expected = lastTiles(size)
  const fits = (tile: TileExtent, { level, index, width, nodes }: StoredTile) =>
    tile.level === level &&
    tile.index === index &&
    tile.width === width &&
    sameHash(nodesOver(hashesOf(nodes, width)), nodes)
  if (tiles.length !== expected.length || !expected.every((tile, at) => fits(tile, tiles[at]!))) {
    throw inconsistent(`its tiles do not end as its newest checkpoint does, after ${size} entries`)
  }
  const peaks = subtreesOf({ start: 0, end: size }).map((subtree) => {
    const { level, position } = placeOf(subtree)
    return nodeAt(tiles[level]!.nodes, position)
  })
  const frontier = { size, peaks }
  if (checkpoint && !sameHash(rootOf(frontier), checkpoint.root)) {
    throw inconsistent(`its tiles do not give the root of its newest checkpoint, of size ${size}`)
  }
  return { checkpoint, frontier, lastTiles: tiles }
}

/** The refusal to extend a log that contradicts itself. */
function inconsistent(what: string): Refusal {
  return refusal(`${what}; find the first bad entry with: lockflight audit verify`)
}

/** The refusal to sign anything else for entries that a checkpoint of that size was signed for (F09, F10). */
export function lost(what: string, size: number): Refusal {
  return refusal(
    `${what}: the database was restored from an older backup, or has lost entries it had acknowledged; bring the newest one back, or if there is none, give up what came after with: lockflight audit accept-loss ${size} --reason "…"`,
  )
}

function refusal(what: string): Refusal {
  return new Refusal('unavailable', `the log cannot be extended: ${what}`, { reason: 'log_inconsistent' })
}
