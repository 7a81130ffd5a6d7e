import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPairSync } from 'node:crypto'
import { onTestFinished, expect, test } from 'vitest'
import { openNote, readVkey } from '../core/note.ts'
import { openLogKey } from './key.ts'

async function emptyFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-key-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'new')
}

test('a key is made once, for its owner alone, and found again', async () => {
  const folder = await emptyFolder()
  const made = await openLogKey(folder, 'example.com/log')
  const found = await openLogKey(folder, 'example.com/log')
  expect(found.vkey).toBe(made.vkey)
  expect((await stat(join(folder, 'log.key'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['log.key'])
  expect(openNote(found.sign('hello\n'), readVkey(made.vkey)!)).toEqual({ text: 'hello\n' })
  expect(made.publicKeyPem).toContain('BEGIN PUBLIC KEY')
})

test('two that start at once get the same key', async () => {
  const folder = await emptyFolder()
  const keys = await Promise.all([1, 2, 3, 4].map(() => openLogKey(folder, 'example.com/log')))
  expect(new Set(keys.map(({ vkey }) => vkey)).size).toBe(1)
})

test('a key that others may read, or that is no such key, is refused with what to do', async () => {
  const folder = await emptyFolder()
  await openLogKey(folder, 'example.com/log')
  const file = join(folder, 'log.key')
  await chmod(file, 0o640)
  await expect(openLogKey(folder, 'example.com/log')).rejects.toMatchObject({
    reason: 'log_key',
    message: expect.stringContaining(`chmod 600 ${file}`) as string,
  })
  await chmod(file, 0o600)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  for (const text of ['', 'not a key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()]) {
    await writeFile(file, text)
    await expect(openLogKey(folder, 'example.com/log')).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'log_key',
    })
  }
})
