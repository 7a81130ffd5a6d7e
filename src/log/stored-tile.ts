import { append, emptyFrontier, hashSize, type Hash, type Subtree } from '../core/merkle.ts'
import { hashesIn, tileWidth, type TileExtent, type TileId } from '../core/tile.ts'

/**
 * A tile with the roots of all complete subtrees over its hashes, but its own. They are kept in the order in which they
 * became complete, each hash before the subtrees it completes: so a tile only grows at its end, and a proof reads the
 * nodes it needs without hashing.
 */
export interface StoredTile extends TileExtent {
  nodes: Uint8Array
}

/** Levels of the tree between one level of tiles and the next. */
const tileHeight = 8

/** Which tile a subtree's root is stored in, and as the how many-th of its nodes. */
export function placeOf({ level, index }: Subtree): TileId & { position: number } {
  const tileLevel = Math.floor(level / tileHeight)
  const height = level % tileHeight
  const first = index * 2 ** height
  const completedBy = (first % tileWidth) + 2 ** height - 1
  return {
    level: tileLevel,
    index: Math.floor(first / tileWidth),
    position: nodesBefore(completedBy) + height,
  }
}

/** The hashes of a tile alone, as C2SP tlog-tiles has them; the first `width`. */
export function hashesOf(nodes: Uint8Array, width: number): Uint8Array {
  return Buffer.concat(Array.from({ length: width }, (_, at) => nodeAt(nodes, nodesBefore(at))))
}

/** One node of a tile. */
export function nodeAt(nodes: Uint8Array, position: number): Hash {
  return nodes.subarray(position * hashSize, (position + 1) * hashSize)
}

/** All nodes of the tile with those hashes. */
export function nodesOver(hashes: Uint8Array): Uint8Array {
  const frontier = emptyFrontier()
  const nodes: Hash[] = []
  for (const hash of hashesIn(hashes)) {
    append(frontier, hash, ({ level }, node) => {
      if (level < tileHeight) nodes.push(node)
    })
  }
  return Buffer.concat(nodes)
}

/** How many nodes there are before the hash at that place of a tile: that many hashes complete twice as many nodes, less the ones still open. */
function nodesBefore(place: number): number {
  let open = 0
  for (let rest = place; rest > 0; rest = Math.floor(rest / 2)) open += rest % 2
  return 2 * place - open
}
