import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configurationToRead } from './configuration-to-read.ts'
import type { Context } from './context.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockflight-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(path: string, text: string) {
  const file = join(folder, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}

const naming = (file: string) =>
  `project: shop\nenvironments:\n  prod:\n    gates: [{ use: error-budget, slo-file: ${file} }]\n`
const read = (below: string, given?: string) => configurationToRead({ folder: join(folder, below) } as Context, given)

test('the files that a configuration names are read beside it, wherever the command is given', async () => {
  write('shop/lockflight.yaml', naming('slo/a.yaml'))
  write('shop/slo/a.yaml', 'an SLO')
  write('shop/src/x', '')
  const found = { text: naming('slo/a.yaml'), files: { 'slo/a.yaml': 'an SLO' } }
  expect(await read('shop')).toEqual({ ...found, shownAs: 'lockflight.yaml' })
  expect(await read('shop/src')).toEqual({ ...found, shownAs: '../lockflight.yaml' })
  expect(await read('.', 'shop/lockflight.yaml')).toEqual({ ...found, shownAs: 'shop/lockflight.yaml' })
})

test('A17 nothing is read that is missing or lies elsewhere', async () => {
  write('secret', 'hunter2')
  for (const file of ['slo/none.yaml', '../secret', join(folder, 'secret'), 'a/../../secret']) {
    write('odd/lockflight.yaml', naming(file))
    expect((await read('odd')).files, file).toEqual({})
  }
  write('odd/lockflight.yaml', 'slo-file: [not: {a configuration')
  expect((await read('odd')).files).toEqual({})
})
