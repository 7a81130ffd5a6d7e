import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { verifyConsistency, verifyInclusion } from './merkle-proof.ts'

// Public test data that is not part of the repository. The same rules are proven without it in `merkle.test.ts`.
const given = process.env.LOCKFLIGHT_CONFORMANCE
const folder = join(given ?? join(import.meta.dirname, '../../../shared/conformance'), 'merkle')
const folders = [folder].filter((path) => existsSync(path))

const bytes = z.string().transform((text) => Buffer.from(text, 'base64'))
const proof = z
  .array(bytes)
  .nullable()
  .transform((hashes) => hashes ?? [])
const inclusion = z
  .object({ leafIdx: z.number(), treeSize: z.number(), leafHash: bytes, root: bytes, proof, wantErr: z.boolean() })
  .transform(({ leafIdx: index, treeSize: size, leafHash: leaf, ...rest }) => ({ index, size, leaf, ...rest }))
const consistency = z.object({
  size1: z.number(),
  size2: z.number(),
  root1: bytes,
  root2: bytes,
  proof,
  wantErr: z.boolean(),
})

const files = (kind: string) => globSync(`${kind}/**/*.json`, { cwd: folder })
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))

test('a folder of public proofs that is named exists', () => {
  expect(folders.length > 0 || given === undefined, `${folder} does not exist`).toBe(true)
})

test.for(folders)('the 98 public inclusion proofs of %s are accepted or refused as they say', () => {
  const all = files('inclusion')
  expect(all).toHaveLength(98)
  const wrong = all.filter((file) => {
    const proven = inclusion.parse(read(file))
    return verifyInclusion(proven) === proven.wantErr
  })
  expect(wrong).toEqual([])
})

test.for(folders)('the 98 public consistency proofs of %s are accepted or refused as they say', () => {
  const all = files('consistency')
  expect(all).toHaveLength(98)
  const wrong = all.filter((file) => {
    const proven = consistency.parse(read(file))
    return verifyConsistency(proven) === proven.wantErr
  })
  expect(wrong).toEqual([])
})
