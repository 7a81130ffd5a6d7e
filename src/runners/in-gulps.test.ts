import { execFileSync } from 'node:child_process'
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { expect, test, type TestContext } from 'vitest'
import { inGulps } from './in-gulps.ts'

/** Both ends of a FIFO. */
async function fifo({ onTestFinished: later }: TestContext): Promise<{ reading: number; writing: number }> {
  const folder = await mkdtemp(`${tmpdir()}/lockflight-gulps-`)
  later(() => rm(folder, { recursive: true }))
  execFileSync('mkfifo', [`${folder}/fifo`])
  const reading = openSync(`${folder}/fifo`, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reading, writing: openSync(`${folder}/fifo`, constants.O_WRONLY) }
}

test('what is printed while nobody is in a hurry comes in one gulp, until the end closes the reading side', async (context) => {
  const { reading, writing } = await fifo(context)
  const gulps: string[] = []
  writeSync(writing, 'first')
  for await (const gulp of inGulps(reading, () => false)) {
    gulps.push(String(gulp))
    if (gulps.length > 1) closeSync(writing)
    else for (const letter of 'abcdefghij') writeSync(writing, letter)
  }
  expect(gulps).toEqual(['first', 'abcdefghij'])
  expect(() => fstatSync(reading)).toThrow('EBADF')
})

test('a gulp keeps what it says when more follows, and much output comes whole', async (context) => {
  const { reading, writing } = await fifo(context)
  const gulps: Buffer[] = []
  let left = 40
  const fill = () => (left-- > 0 ? writeSync(writing, Buffer.alloc(65_536, left)) : closeSync(writing))
  fill()
  for await (const gulp of inGulps(reading, () => true)) {
    gulps.push(gulp)
    fill()
  }
  const expected = Buffer.concat(Array.from({ length: 40 }, (_, index) => Buffer.alloc(65_536, 39 - index)))
  expect(Buffer.concat(gulps).equals(expected)).toBe(true)
})

test('who stops reading closes the reading side', async (context) => {
  const { reading, writing } = await fifo(context)
  writeSync(writing, 'x')
  for await (const _ of inGulps(reading, () => true)) break
  expect(() => fstatSync(reading)).toThrow('EBADF')
  closeSync(writing)
})
