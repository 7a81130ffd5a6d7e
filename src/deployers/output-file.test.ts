import { appendFile, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepSmall, lastLines, readOutput } from './output-file.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-output-'))
  file = join(folder, 'output.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('read piece by piece, a text of any characters comes out whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer({ min: 4, max: 12 }),
      async (text, limit) => {
        const whole = text.toWellFormed()
        await writeFile(file, whole)
        let read = ''
        for (let from = 0; ;) {
          const part = await readOutput(file, from, limit)
          if (part.next === from) break
          read += part.text
          from = part.next
        }
        expect(read).toBe(whole)
      },
    ),
    { numRuns: 60 },
  )
  expect(await readOutput(join(folder, 'nothing'), 3)).toEqual({ text: '', next: 3 })
})

test('a file that grew too big begins anew, its writer goes on, and its last lines are still known', async () => {
  const writer = await open(file, 'a')
  await writer.write(`${'x'.repeat(5000)}\nthe end\n`)
  await keepSmall(file, 6000)
  expect((await stat(file)).size).toBe(5009)
  await keepSmall(file, 1000)
  expect((await stat(file)).size).toBe(0)
  expect((await stat(`${file}.1`)).size).toBe(1000)
  expect(await lastLines(file, 20)).toMatch(/^x+\nthe end$/)

  await writer.write('and on\n')
  await writer.close()
  expect(await readFile(file, 'utf8')).toBe('and on\n')
  expect(await lastLines(file, 20)).toMatch(/^x*\nthe end\nand on$/)
  await appendFile(file, 'last')
  expect(await lastLines(file, 4)).toBe('last')
})
