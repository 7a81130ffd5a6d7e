import { append, hashSize, type Hash } from '../core/merkle.ts'
import { hashesAt, hashesIn, tileHeight, tileWidth, type TileId } from '../core/tile.ts'
import type { Head } from './head.ts'

/** A tile with all the hashes it has. */
export interface Tile extends TileId {
  hashes: Uint8Array
}

/** Appends the leaves to the head's frontier in place, and returns every tile that is new or has grown. */
export function extendTiles({ frontier, lastTiles }: Head, leaves: Hash[]): Tile[] {
  const sizeBefore = frontier.size
  const added: Hash[][] = []
  for (const leaf of leaves) {
    append(frontier, leaf, ({ level }, hash) => {
      if (level % tileHeight === 0) (added[level / tileHeight] ??= []).push(hash)
    })
  }
  return added.flatMap((hashes, level) => {
    const before = hashesAt(level, sizeBefore)
    const begun = before % tileWidth === 0 ? [] : hashesIn(lastTiles[level]!)
    return chunks([...begun, ...hashes], level, Math.floor(before / tileWidth))
  })
}

function chunks(hashes: Hash[], level: number, firstIndex: number): Tile[] {
  return Array.from({ length: Math.ceil(hashes.length / tileWidth) }, (_, at) => ({
    level,
    index: firstIndex + at,
    hashes: Buffer.concat(
      hashes.slice(at * tileWidth, (at + 1) * tileWidth),
      Math.min(tileWidth, hashes.length - at * tileWidth) * hashSize,
    ),
  }))
}
