import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { entriesFrom, entryNumber } from '../../test/rig/entries.ts'
import { freshLog, testKey } from '../../test/rig/log.ts'
import { openCheckpoint } from '../core/checkpoint.ts'
import { logKey } from './key.ts'
import { openSeenHead } from './seen-head.ts'
import { startSequencer } from './sequencer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-seen-'))
})
afterAll(() => rm(folder, { recursive: true }))

const root = Buffer.alloc(32, 7)
const head = { origin: testKey.name, size: 12, root }

test('what was seen is remembered by the next process, as a note that anyone can check, and nothing else is left', async () => {
  const file = join(folder, 'log.head')
  const one = await openSeenHead(file, testKey)
  expect(one.newest()).toBeNull()
  await one.settle()
  one.see({ ...head, size: 11 })
  await one.settle()
  one.see(head)
  expect(one.newest()).toBe(head)
  await one.settle()
  expect((await openSeenHead(file, testKey)).newest()).toEqual(head)
  expect(openCheckpoint(await readFile(file, 'utf8'), testKey)).toEqual({ checkpoint: head })
  expect(await readdir(folder)).toEqual(['log.head'])
  one.see(null)
  await one.settle()
  expect((await openSeenHead(file, testKey)).newest()).toBeNull()
})

test('a file of another key, of another log or of nothing is refused, with what to do', async () => {
  const file = join(folder, 'other.head')
  const other = await openSeenHead(file, logKey(generateKeyPairSync('ed25519').privateKey, testKey.name))
  other.see(head)
  await other.settle()
  const refused = { code: 'conflict', message: expect.stringMatching(/not signed by.*move that file away/) as string }
  await expect(openSeenHead(file, testKey)).rejects.toMatchObject(refused)
  await writeFile(file, '')
  await expect(openSeenHead(file, testKey)).rejects.toMatchObject({ code: 'conflict' })
})

test('I16 a server that cannot remember what it signed signs nothing more, and goes on when it can', async () => {
  await using log = await freshLog()
  const place = join(folder, 'place')
  const file = join(place, 'log.head')
  const opened = await openSeenHead(file, testKey)
  let tries = 0
  const seen = { ...opened, settle: () => ((tries += 1), opened.settle()) }
  const sequencer = startSequencer({ pool: log.pool, key: testKey, seen, report })
  const problems: unknown[] = []
  function report(problem: Error | null) {
    problems.push(problem)
  }
  const sizes = async () =>
    (await log.pool.query<{ size: number }>('select size from log_checkpoint order by size')).rows.map(
      ({ size }) => size,
    )
  try {
    await log.add(...entriesFrom(0, 5))
    sequencer.wake()
    await expect.poll(() => problems, { timeout: 10_000 }).toMatchObject([{ code: 'ENOENT' }])
    await log.add(entryNumber(5))
    const before = tries
    await expect.poll(() => tries, { timeout: 10_000 }).toBeGreaterThan(before)
    expect(sequencer.problem()).toMatchObject({ code: 'ENOENT' })
    expect(await sizes()).toEqual([5])
    await mkdir(place)
    await expect.poll(sizes, { timeout: 10_000 }).toEqual([5, 6])
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 10_000 }).toMatch(/^[^\n]+\n6\n/)
    await expect.poll(() => problems.at(-1), { timeout: 10_000 }).toBeNull()
  } finally {
    await sequencer.stop()
  }
})
