import { hash } from 'node:crypto'

/** SHA-256 as raw bytes. */
export type Hash = Uint8Array

/** Bytes in one hash. */
export const hashSize = 32

/** The root of a tree without leaves (RFC 6962 §2.1). */
export const emptyRoot: Hash = hash('sha256', '', 'buffer')

const leafPrefix = Buffer.from([0])
const node = Buffer.alloc(1 + 2 * hashSize, 1)

/** The hash of an entry's bytes, or of text as UTF-8, as a leaf (RFC 6962 §2.1). */
export function leafHash(entry: Uint8Array | string): Hash {
  return hash('sha256', Buffer.concat([leafPrefix, typeof entry === 'string' ? Buffer.from(entry) : entry]), 'buffer')
}

/** The hash of two subtrees side by side (RFC 6962 §2.1). */
export function nodeHash(left: Hash, right: Hash): Hash {
  node.set(left, 1)
  node.set(right, 1 + hashSize)
  return hash('sha256', node, 'buffer')
}

/** The least that must be kept of a tree to append to it: the roots of its complete subtrees, largest first. */
export interface Frontier {
  size: number
  peaks: Hash[]
}

/** The frontier of a tree without leaves. */
export function emptyFrontier(): Frontier {
  return { size: 0, peaks: [] }
}

/** A complete subtree: the root over the leaves `index · 2^level` up to the next one's first. */
export interface Subtree {
  level: number
  index: number
}

/** Adds one leaf in place; `completed` sees every subtree that becomes complete, the leaf itself first. */
export function append(frontier: Frontier, leaf: Hash, completed?: (subtree: Subtree, hash: Hash) => void): void {
  let root = leaf
  let index = frontier.size
  let level = 0
  completed?.({ level, index }, root)
  while (index % 2 === 1) {
    root = nodeHash(frontier.peaks.pop()!, root)
    index = (index - 1) / 2
    level += 1
    completed?.({ level, index }, root)
  }
  frontier.peaks.push(root)
  frontier.size += 1
}

/** The root of the tree that a frontier stands for. */
export function rootOf(frontier: Frontier): Hash {
  return joined(frontier.peaks)
}

/** The root over complete subtrees that lie side by side, largest first. */
export function joined(subtrees: Hash[]): Hash {
  if (subtrees.length === 0) return emptyRoot
  return subtrees.reduceRight((right, left) => nodeHash(left, right))
}

/** True when both are the same bytes. */
export function sameHash(one: Hash, other: Hash): boolean {
  return Buffer.compare(one, other) === 0
}
