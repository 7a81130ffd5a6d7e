import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSecretBox } from './secret-box.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-box-'))
})
afterEach(() => rm(folder, { recursive: true }))

const now = new Date('2026-11-23T10:00:00Z')

test('what was sealed opens again, also after a restart', async () => {
  const box = await createSecretBox({ folder, now })
  const again = await createSecretBox({ folder, now })
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (plain, context) => {
      expect(again.open(box.seal(plain, context), context)).toBe(plain)
    }),
  )
})

test('a value sealed twice looks different, and shows nothing of itself', async () => {
  const box = await createSecretBox({ folder, now })
  const one = Buffer.from(box.seal('hunter2hunter2', 'shop/TOKEN'))
  expect(one.equals(box.seal('hunter2hunter2', 'shop/TOKEN'))).toBe(false)
  expect(one.includes('hunter2')).toBe(false)
})

test('a changed, shortened or moved value does not open', async () => {
  const box = await createSecretBox({ folder, now })
  const sealed = Buffer.from(box.seal('value', 'shop/TOKEN'))
  for (let index = 0; index < sealed.length; index++) {
    const changed = Buffer.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => box.open(changed, 'shop/TOKEN'), `byte ${index}`).toThrow('sealed value of shop/TOKEN')
    expect(() => box.open(sealed.subarray(0, index), 'shop/TOKEN'), `cut at ${index}`).toThrow('sealed value')
  }
  expect(() => box.open(sealed, 'shop/OTHER')).toThrow('changed, moved')
})

test('another key does not open it', async () => {
  const sealed = (await createSecretBox({ folder, now })).seal('value', 'shop/TOKEN')
  const other = await createSecretBox({ folder: join(folder, 'other'), now })
  expect(() => other.open(sealed, 'shop/TOKEN')).toThrow('another key')
})

test('the key file is private, and one of the wrong length is refused', async () => {
  await createSecretBox({ folder, now })
  expect((await stat(join(folder, 'secrets.key'))).mode & 0o777).toBe(0o600)
  await writeFile(join(folder, 'secrets.key'), 'short')
  await expect(createSecretBox({ folder, now })).rejects.toMatchObject({ code: 'unavailable' })
})
