import { hashSize, nodeHash, sameHash, type Hash } from './merkle.ts'

/** What says that a leaf is at an index of the tree with this size and root. */
export interface InclusionProof {
  index: number
  size: number
  leaf: Hash
  root: Hash
  proof: Hash[]
}

/** What says that the tree of `size2` begins with all leaves of the tree of `size1`, in their order. */
export interface ConsistencyProof {
  size1: number
  size2: number
  root1: Hash
  root2: Hash
  proof: Hash[]
}

/** RFC 9162 §2.1.3.2; a proof that is too long or too short is refused, and so are sizes above 2^53 − 1. */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionProof): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  if (![leaf, root, ...proof].every(isHash)) return false
  let at = index
  let last = size - 1
  let computed = leaf
  for (const sibling of proof) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      computed = nodeHash(sibling, computed)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else {
      computed = nodeHash(computed, sibling)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(computed, root)
}

/** RFC 9162 §2.1.4.2; the empty tree proves nothing and is refused, and so are sizes above 2^53 − 1. */
export function verifyConsistency({ size1, size2, root1, root2, proof }: ConsistencyProof): boolean {
  if (!Number.isSafeInteger(size1) || !Number.isSafeInteger(size2) || size1 < 1 || size1 > size2) return false
  if (size1 === size2) return proof.length === 0 && sameHash(root1, root2)
  if (![root1, root2, ...proof].every(isHash)) return false

  let at = size1 - 1
  let last = size2 - 1
  while (at % 2 === 1) [at, last] = [(at - 1) / 2, Math.floor(last / 2)]
  const path = at === 0 ? [root1, ...proof] : proof
  const [first, ...rest] = path
  if (first === undefined || proof.length === 0) return false

  let older = first
  let newer = first
  for (const sibling of rest) {
    if (last === 0) return false
    if (at % 2 === 1 || at === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
    } else {
      newer = nodeHash(newer, sibling)
    }
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && sameHash(older, root1) && sameHash(newer, root2)
}

function isHash(value: Hash): boolean {
  return value.length === hashSize
}
