import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { appendLine, readIfThere, writeAtomic, writeOnce } from './durable-file.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-file-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

test('of many who write a file once, one succeeds, and its contents stay', async () => {
  const file = join(folder, 'once')
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => writeOnce(file, `writer ${index}`)))
  expect(answers.filter(Boolean)).toHaveLength(1)
  expect(await readIfThere(file)).toBe(`writer ${answers.indexOf(true)}`)
  expect(await readdir(folder)).toEqual(['once'])
})

test('who writes while another tidies up is not in its way', async () => {
  const file = join(folder, 'once')
  const writers = Array.from({ length: 4 }, async (_, index) => {
    for (let round = 0; round < 100; round++) await writeOnce(file, `writer ${index}`)
  })
  await Promise.all(writers)
  expect(await readdir(folder)).toEqual(['once'])
})

test('a reader sees the old or the new contents, never a part', async () => {
  const file = join(folder, 'state')
  const texts = ['a', 'b'].map((letter) => letter.repeat(200_000))
  await writeAtomic(file, texts[0]!)
  const writing = (async () => {
    for (let round = 0; round < 20; round++) await writeAtomic(file, texts[round % 2]!)
  })()
  const seen = new Set<string | null>()
  for (let round = 0; round < 100; round++) seen.add(await readIfThere(file))
  await writing
  for (const text of seen) expect(texts).toContain(text)
  expect(await readdir(folder)).toEqual(['state'])
})

test('a line that a crash tore stays apart from the next', async () => {
  const file = join(folder, 'log')
  await appendLine(file, 'one')
  await appendFile(file, 'to')
  await appendLine(file, 'three')
  expect(await readIfThere(file)).toBe('one\nto\nthree\n')
})
