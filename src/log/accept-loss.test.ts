import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { freshLog, testKey } from '../../test/rig/log.ts'
import type { NewEntry } from '../core/entry.ts'
import { acceptLoss } from './accept-loss.ts'
import { openSeenHead } from './seen-head.ts'

const log = await freshLog()
afterAll(() => log[Symbol.asyncDispose]())

const lost = { origin: testKey.name, size: 12, root: Buffer.alloc(32, 7) }
const given = { size: 12, root: lost.root.toString('base64'), by: 'ana@local', reason: 'the disk died' }

async function homeOf() {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-loss-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const seen = await openSeenHead(join(folder, 'log.head'), testKey)
  seen.see(lost)
  await seen.settle()
  const said: NewEntry[] = []
  return {
    folder,
    seen,
    said,
    file: join(folder, 'log-loss.json'),
    key: testKey,
    log: async (entry: NewEntry) => void said.push(entry),
  }
}

test('F10 a loss down to nothing is accepted once, and nothing is remembered then', async () => {
  const home = await homeOf()
  await acceptLoss({ ...home, pool: log.pool })
  expect(home.said).toEqual([])
  await writeFile(home.file, JSON.stringify(given))
  await acceptLoss({ ...home, pool: log.pool })
  expect(home.said).toMatchObject([{ type: 'log.loss-accepted', actor: 'ana@local', data: { kept: { size: 0 } } }])
  expect(home.seen.newest()).toBeNull()
  expect(await readdir(home.folder)).toEqual([])
})

test.each([
  ['another checkpoint than the one remembered', { ...given, size: 11 }, 'gives up a checkpoint of 11 entries'],
  ['another root', { ...given, root: Buffer.alloc(32).toString('base64') }, 'but this server remembers one of 12'],
  ['something nobody knows', { ...given, force: true }, 'is not what `lockflight audit accept-loss` writes'],
])('a word that gives up %s is refused, and nothing changes', async (_, word, message) => {
  const home = await homeOf()
  await writeFile(home.file, JSON.stringify(word))
  await expect(acceptLoss({ ...home, pool: log.pool })).rejects.toThrow(message)
  expect(home.said).toEqual([])
  expect(home.seen.newest()).toBe(lost)
  expect(await readdir(home.folder)).toHaveLength(2)
})
