import { joined, type Hash } from '../core/merkle.ts'
import { consistencySpans, inclusionSpans, subtreesOf, type Span } from '../core/merkle-path.ts'
import { Refusal } from '../core/refusal.ts'
import type { Database } from './database.ts'
import { readNodes } from './tiles.ts'

/** What proves that the entry at that index is in the tree of that size (RFC 6962 §2.1.1); one read, whatever the size. */
export async function inclusionProof(database: Database, index: number, size: number): Promise<Hash[]> {
  if (index >= size) throw new Refusal('invalid', `entry ${index} is not among the first ${size}`)
  return rootsOf(database, inclusionSpans(index, size))
}

/** The same for several entries at once, in their order; also one read. */
export async function inclusionProofs(database: Database, indexes: number[], size: number): Promise<Hash[][]> {
  const spans = indexes.map((index) => inclusionSpans(index, size))
  const roots = (await rootsOf(database, spans.flat())).values()
  return spans.map((of) => [...roots.take(of.length)])
}

/** What proves that the tree of `size2` begins with the one of `size1` (RFC 6962 §2.1.2); one read, whatever the sizes. */
export async function consistencyProof(database: Database, size1: number, size2: number): Promise<Hash[]> {
  if (size1 < 1 || size1 > size2)
    throw new Refusal('invalid', `expected 1 ≤ size1 ≤ size2, found ${size1} and ${size2}`)
  return rootsOf(database, consistencySpans(size1, size2))
}

async function rootsOf(database: Database, spans: Span[]): Promise<Hash[]> {
  const parts = spans.map(subtreesOf)
  const nodes = (await readNodes(database, parts.flat())).values()
  return parts.map((subtrees) => joined(subtrees.map(() => nodes.next().value ?? missing())))
}

function missing(): never {
  throw new Refusal('not_found', 'the log has fewer entries than that')
}
