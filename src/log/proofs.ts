import { joined, type Hash, type Subtree } from '../core/merkle.ts'
import { consistencySpans, inclusionSpans, subtreesOf, type Span } from '../core/merkle-path.ts'
import { Refusal } from '../core/refusal.ts'
import { subtreeHash, tileOf } from '../core/tile.ts'
import type { Database } from './database.ts'
import { readTiles, tileName } from './tiles.ts'

/** What proves that the entry at that index is in the tree of that size (RFC 6962 §2.1.1); one read, whatever the size. */
export async function inclusionProof(database: Database, index: number, size: number): Promise<Hash[]> {
  if (index >= size) throw new Refusal('invalid', `entry ${index} is not among the first ${size}`)
  return hashesOf(database, inclusionSpans(index, size))
}

/** What proves that the tree of `size2` begins with the one of `size1` (RFC 6962 §2.1.2); one read, whatever the sizes. */
export async function consistencyProof(database: Database, size1: number, size2: number): Promise<Hash[]> {
  if (size1 < 1 || size1 > size2)
    throw new Refusal('invalid', `expected 1 ≤ size1 ≤ size2, found ${size1} and ${size2}`)
  return hashesOf(database, consistencySpans(size1, size2))
}

async function hashesOf(database: Database, spans: Span[]): Promise<Hash[]> {
  const parts = spans.map(subtreesOf)
  const wanted = new Map(parts.flat().map((subtree) => [tileName(tileOf(subtree)), tileOf(subtree)]))
  const tiles = await readTiles(database, [...wanted.values()])
  return parts.map((subtrees) => joined(subtrees.map((subtree) => hashFrom(tiles, subtree))))
}

function hashFrom(tiles: Map<string, Uint8Array>, subtree: Subtree): Hash {
  const tile = tiles.get(tileName(tileOf(subtree)))
  const hash = tile ? subtreeHash(tile, subtree) : null
  if (!hash) throw new Refusal('not_found', 'the log has fewer entries than that')
  return hash
}
