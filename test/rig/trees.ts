import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { checkpointText, type Checkpoint } from '../../src/core/checkpoint.ts'
import type { LogHistory } from '../../src/core/checkpoint-sink.ts'
import { append, emptyFrontier, joined, leafHash, rootOf, type Hash } from '../../src/core/merkle.ts'
import { consistencySpans } from '../../src/core/merkle-path.ts'
import { signNote } from '../../src/core/note.ts'

/** A log without a database: its leaves are texts, and every checkpoint and proof over them can be had. */
export function treeOf(leaves: string[], origin = 'log.test/lockflight', privateKey: KeyObject = newKey()) {
  const rootOver = (start: number, end: number): Hash => {
    const frontier = emptyFrontier()
    for (const leaf of leaves.slice(start, end)) append(frontier, leafHash(leaf))
    return start === 0 ? rootOf(frontier) : joined(frontier.peaks)
  }
  const at = (size: number): Checkpoint => ({ origin, size, root: rootOver(0, size) })
  return {
    key: { name: origin, publicKey: createPublicKey(privateKey) },
    at,
    note: (size: number) => signNote(checkpointText(at(size)), origin, privateKey),
    proof: (size1: number, size2: number): Hash[] =>
      size1 === 0 ? [] : consistencySpans(size1, size2).map(({ start, end }) => rootOver(start, end)),
  }
}

/** Such a log as the places that keep its checkpoints see it, at a size that the test sets. */
export function historyOf(tree: ReturnType<typeof treeOf>, size = 0) {
  const cosignatures: { size: number; witness: string; line: string }[] = []
  const below = (at: number) => cosignatures.filter((one) => one.size === at).map(({ line }) => line)
  const history = {
    size,
    tree,
    cosignatures,
    key: tree.key,
    checkpoint: (at: number) => ({ size: at, note: history.tree.note(at) + below(at).join('') }),
    newest: async () => (history.size === 0 ? null : history.checkpoint(history.size)),
    prove: async (size1: number, size2: number) => (size1 === size2 ? [] : history.tree.proof(size1, size2)),
    cosignedBy: async (witness: string) =>
      Math.max(0, ...cosignatures.filter((one) => one.witness === witness).map((one) => one.size)),
    addCosignature: async (one: (typeof cosignatures)[number]) => void cosignatures.push(one),
  }
  return history satisfies LogHistory
}

/** A new Ed25519 key. */
export function newKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** That many leaves, other ones from `forkAt` on when a name is given. */
export function leavesOf(count: number, forkAt = Infinity, name = ''): string[] {
  return Array.from({ length: count }, (_, index) => (index < forkAt ? `leaf ${index}` : `${name} ${index}`))
}
