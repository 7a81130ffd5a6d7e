import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { entriesFrom } from '../../test/rig/entries.ts'
import { freshLog } from '../../test/rig/log.ts'
import { canonical } from '../core/digest.ts'
import { append, emptyFrontier, leafHash, rootOf, type Hash } from '../core/merkle.ts'
import { verifyConsistency, verifyInclusion } from '../core/merkle-proof.ts'
import { consistencyProof, inclusionProof } from './proofs.ts'
import { readCheckpoint, readEntryBundle, readTile } from './tiles.ts'

const count = 66_000

test('every proof from the tiles verifies, at any index and size', { timeout: 60_000 }, async () => {
  await using log = await freshLog()
  const entries = entriesFrom(0, count)
  for (let at = 0; at < count; at += 6000) await log.add(...entries.slice(at, at + 6000))
  await log.sequenceAll(7000)
  const leaves = entries.map((entry) => leafHash(canonical(entry)))
  const roots: Hash[] = []
  const frontier = emptyFrontier()
  for (const leaf of leaves) {
    append(frontier, leaf)
    roots[frontier.size] = rootOf(frontier)
  }
  const sizes = fc.oneof(
    fc.integer({ min: 1, max: count }),
    fc.constantFrom(1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, count),
  )
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (one, other) => {
      const [size1, size2] = one <= other ? [one, other] : [other, one]
      const index = size1 - 1
      const inclusion = await inclusionProof(log.pool, index, size2)
      const proven = { index, size: size2, leaf: leaves[index]!, root: roots[size2]!, proof: inclusion }
      expect(verifyInclusion(proven)).toBe(true)
      const consistency = await consistencyProof(log.pool, size1, size2)
      expect(verifyConsistency({ size1, size2, root1: roots[size1]!, root2: roots[size2]!, proof: consistency })).toBe(
        true,
      )
    }),
    { numRuns: 300 },
  )

  expect(Buffer.from(await readTile(log.pool, { level: 0, index: 3 }, 256))).toEqual(
    Buffer.concat(leaves.slice(768, 1024)),
  )
  expect(Buffer.from(await readTile(log.pool, { level: 0, index: 3 }, 5))).toEqual(
    Buffer.concat(leaves.slice(768, 773)),
  )
  expect(await readTile(log.pool, { level: 2, index: 0 }, 1)).toEqual(roots[65_536])
  const bundle = Buffer.from(await readEntryBundle(log.pool, 257, 208))
  const first = canonical(entries[65_792])
  expect(bundle.readUInt16BE()).toBe(first.length)
  expect(bundle.subarray(2, 2 + first.length).toString()).toBe(first)
  expect(await readCheckpoint(log.pool)).toContain(`\n${count}\n${Buffer.from(roots[count]!).toString('base64')}\n`)

  const notFound = { code: 'not_found' }
  await expect(inclusionProof(log.pool, 0, count + 1)).rejects.toMatchObject(notFound)
  await expect(consistencyProof(log.pool, 1, count + 300)).rejects.toMatchObject(notFound)
  await expect(readTile(log.pool, { level: 0, index: 257 }, 209)).rejects.toMatchObject(notFound)
  await expect(readTile(log.pool, { level: 63, index: 0 }, 1)).rejects.toMatchObject(notFound)
  await expect(readEntryBundle(log.pool, 257, 209)).rejects.toMatchObject(notFound)
  await expect(inclusionProof(log.pool, 5, 5)).rejects.toMatchObject({ code: 'invalid' })
  await expect(consistencyProof(log.pool, 0, 5)).rejects.toMatchObject({ code: 'invalid' })
})

test('an empty log has no checkpoint', async () => {
  await using log = await freshLog()
  await expect(readCheckpoint(log.pool)).rejects.toMatchObject({ code: 'not_found' })
})
