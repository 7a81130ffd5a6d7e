import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { append, emptyFrontier, emptyRoot, joined, leafHash, nodeHash, rootOf, type Hash } from './merkle.ts'
import { consistencySpans, inclusionSpans, subtreesOf, type Span } from './merkle-path.ts'
import { verifyConsistency, verifyInclusion } from './merkle-proof.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** RFC 6962 §2.1 as it is written, over whole lists. */
function treeHash(leaves: Hash[]): Hash {
  if (leaves.length === 0) return sha256(Buffer.alloc(0))
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return sha256(Buffer.concat([Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split))]))
}

const leavesOf = (size: number) => Array.from({ length: size }, (_, index) => leafHash(`entry ${index}`))
const proofOf = (leaves: Hash[], spans: Span[]) => spans.map(({ start, end }) => treeHash(leaves.slice(start, end)))

const flipBit = (hash: Hash, bit: number): Hash => {
  const flipped = Uint8Array.from(hash)
  flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8)
  return flipped
}

const aSize = fc.integer({ min: 1, max: 300 })
const aBit = fc.integer({ min: 0, max: 255 })
const aLeafOfATree = aSize.chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }))
const twoTrees = aSize.chain((size2) =>
  fc.record({ size1: fc.integer({ min: 1, max: size2 }), size2: fc.constant(size2) }),
)

test('leaves and nodes have different prefixes, so that neither can pass for the other', () => {
  expect(leafHash('')).toEqual(sha256(Buffer.from([0])))
  expect(leafHash('ä')).toEqual(sha256(Buffer.from([0, 0xc3, 0xa4])))
  expect(nodeHash(emptyRoot, leafHash('x'))).toEqual(
    sha256(Buffer.concat([Buffer.from([1]), emptyRoot, leafHash('x')])),
  )
})

test('appending leaf by leaf gives the root of the whole list', () => {
  const leaves = leavesOf(70)
  const frontier = emptyFrontier()
  expect(rootOf(frontier)).toEqual(emptyRoot)
  for (const [index, leaf] of leaves.entries()) {
    append(frontier, leaf)
    expect(frontier.size).toBe(index + 1)
    expect(rootOf(frontier)).toEqual(treeHash(leaves.slice(0, index + 1)))
  }
})

test('appending names every complete subtree once, with its root', () => {
  const leaves = leavesOf(40)
  const frontier = emptyFrontier()
  const seen = new Map<string, Hash>()
  for (const leaf of leaves) {
    append(frontier, leaf, ({ level, index }, hash) => {
      expect(seen.has(`${level}/${index}`)).toBe(false)
      seen.set(`${level}/${index}`, hash)
      expect(hash).toEqual(treeHash(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)))
    })
  }
  expect(seen.size).toBe(40 + 20 + 10 + 5 + 2 + 1)
})

test('a span is the join of its complete subtrees', () => {
  const leaves = leavesOf(130)
  fc.assert(
    fc.property(fc.nat(129), fc.nat(130), (one, other) => {
      const [start, end] = one <= other ? [one, other] : [other, one]
      const subtrees = subtreesOf({ start, end })
      const hashes = subtrees.map(({ level, index }) =>
        treeHash(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
      )
      // Only spans that a proof can ask for are joined largest first: those that begin where a subtree of their size may.
      fc.pre(start % 2 ** Math.ceil(Math.log2(Math.max(1, end - start))) === 0)
      expect(joined(hashes)).toEqual(treeHash(leaves.slice(start, end)))
    }),
  )
})

test('every inclusion proof verifies, and with any bit of it flipped it is refused', () => {
  const leaves = leavesOf(300)
  fc.assert(
    fc.property(aLeafOfATree, fc.nat(), aBit, ({ size, index }, at, bit) => {
      const proof = proofOf(leaves, inclusionSpans(index, size))
      const whole = { index, size, leaf: leaves[index]!, root: treeHash(leaves.slice(0, size)), proof }
      expect(verifyInclusion(whole)).toBe(true)
      expect(verifyInclusion({ ...whole, leaf: flipBit(whole.leaf, bit) })).toBe(false)
      expect(verifyInclusion({ ...whole, root: flipBit(whole.root, bit) })).toBe(false)
      expect(verifyInclusion({ ...whole, proof: [...proof, whole.root] })).toBe(false)
      expect(verifyInclusion({ ...whole, size: size + 2 ** 40 })).toBe(false)
      if (proof.length === 0) return
      const broken = proof.with(at % proof.length, flipBit(proof[at % proof.length]!, bit))
      expect(verifyInclusion({ ...whole, proof: broken })).toBe(false)
      expect(verifyInclusion({ ...whole, proof: proof.slice(1) })).toBe(false)
      expect(verifyInclusion({ ...whole, proof: proof.slice(0, -1) })).toBe(false)
      expect(verifyInclusion({ ...whole, index: (index + 1) % size })).toBe(false)
    }),
  )
})

test('every consistency proof verifies, and with any bit of it flipped it is refused', () => {
  const leaves = leavesOf(300)
  fc.assert(
    fc.property(twoTrees, fc.nat(), aBit, ({ size1, size2 }, at, bit) => {
      const proof = proofOf(leaves, consistencySpans(size1, size2))
      const root1 = treeHash(leaves.slice(0, size1))
      const root2 = treeHash(leaves.slice(0, size2))
      const whole = { size1, size2, root1, root2, proof }
      expect(verifyConsistency(whole)).toBe(true)
      expect(verifyConsistency({ ...whole, root1: flipBit(root1, bit) })).toBe(false)
      expect(verifyConsistency({ ...whole, root2: flipBit(root2, bit) })).toBe(false)
      expect(verifyConsistency({ ...whole, proof: [...proof, root1] })).toBe(false)
      if (proof.length === 0) return
      const broken = proof.with(at % proof.length, flipBit(proof[at % proof.length]!, bit))
      expect(verifyConsistency({ ...whole, proof: broken })).toBe(false)
      expect(verifyConsistency({ ...whole, proof: proof.slice(1) })).toBe(false)
      expect(verifyConsistency({ ...whole, proof: proof.slice(0, -1) })).toBe(false)
      expect(verifyConsistency({ ...whole, size1: size2, size2: size1 })).toBe(false)
    }),
  )
})

test('sizes above 2^53 − 1 and proofs about nothing are refused', () => {
  const [leaf] = leavesOf(1) as [Hash]
  expect(verifyInclusion({ index: 0, size: 1, leaf, root: leaf, proof: [] })).toBe(true)
  expect(verifyInclusion({ index: 2 ** 53, size: 2 ** 53 + 2, leaf, root: leaf, proof: [] })).toBe(false)
  expect(verifyInclusion({ index: -1, size: 1, leaf, root: leaf, proof: [] })).toBe(false)
  expect(verifyInclusion({ index: 0.5, size: 1, leaf, root: leaf, proof: [] })).toBe(false)
  expect(verifyInclusion({ index: 0, size: 1, leaf: Buffer.alloc(0), root: Buffer.alloc(0), proof: [] })).toBe(false)
  expect(verifyConsistency({ size1: 0, size2: 0, root1: emptyRoot, root2: emptyRoot, proof: [] })).toBe(false)
  expect(verifyConsistency({ size1: 2 ** 53, size2: 2 ** 53, root1: leaf, root2: leaf, proof: [] })).toBe(false)
  expect(() => inclusionSpans(3, 3)).toThrow(RangeError)
  expect(() => consistencySpans(0, 3)).toThrow(RangeError)
})
