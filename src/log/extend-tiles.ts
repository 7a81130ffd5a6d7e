import { append, type Hash } from '../core/merkle.ts'
import { hashesAt, tileWidth } from '../core/tile.ts'
import type { Head } from './head.ts'
import { placeOf, type StoredTile } from './stored-tile.ts'

/** Appends the leaves to the head's frontier in place, and returns every tile that is new or has grown. */
export function extendTiles({ frontier, lastTiles }: Head, leaves: Hash[]): StoredTile[] {
  const grown = new Map<string, { level: number; index: number; nodes: Uint8Array[] }>()
  for (const leaf of leaves) {
    append(frontier, leaf, (subtree, hash) => {
      const { level, index } = placeOf(subtree)
      const name = `${level}/${index}`
      let tile = grown.get(name)
      if (!tile) {
        const begun = lastTiles[level]
        tile = { level, index, nodes: begun?.index === index ? [begun.nodes] : [] }
        grown.set(name, tile)
      }
      tile.nodes.push(hash)
    })
  }
  return [...grown.values()].map(({ level, index, nodes }) => ({
    level,
    index,
    width: Math.min(tileWidth, hashesAt(level, frontier.size) - index * tileWidth),
    nodes: Buffer.concat(nodes),
  }))
}
