import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importCycles, importsOf, rules, wrongImports } from './imports.ts'
import { allSources, isTest, source } from './source.ts'

const sources = allSources().filter((file) => file.path.startsWith('src/') && !isTest(file))

test('imports point one way, and every part has a rule', () => {
  expect(sources.length).toBeGreaterThan(30)
  expect(wrongImports(sources)).toEqual([])
})

test('no file imports itself by way of others', () => {
  expect(importCycles(sources)).toEqual([])
})

test('every rule is about a part that exists, and names no other twice', () => {
  expect(Object.keys(rules).filter((part) => !existsSync(`src/${part}`) && !existsSync(`src/${part}.ts`))).toEqual([])
  for (const [part, allowed] of Object.entries(rules)) {
    expect([...new Set(allowed)], part).toEqual(allowed)
    expect(allowed, part).not.toContain(part)
  }
})

test('an import against the arrow is found, in whatever form it is written', () => {
  const forms = [
    `import { a } from '../app/a.ts'`,
    `import type { A } from '../app/a.ts'`,
    `export { a } from '../app/a.ts'`,
    `export * from '../app/a.ts'`,
    `export const a = () => import('../app/a.ts')`,
    `export type A = import('../app/a.ts').A`,
    `export const worker = new URL('../app/a.ts', import.meta.url)`,
  ]
  for (const text of forms) {
    expect(wrongImports([source('src/core/bad.ts', text)]), text).toEqual([
      'src/core/bad.ts imports src/app/a.ts, but core may import only itself',
    ])
    expect(wrongImports([source('src/http/good.ts', text)]), text).toEqual([])
  }
})

test('code of the product may not import tests, and a new folder needs a rule', () => {
  expect(wrongImports([source('src/app/bad.ts', `import { rig } from '../../test/rig.ts'`)])).toHaveLength(1)
  expect(wrongImports([source('src/misc/new.ts', '')])).toEqual([
    'src/misc/new.ts: the part misc has no import rule; give it one in test/structure/imports.ts',
  ])
})

test('a circle over three files is found once', () => {
  const circle = [
    source('src/app/b.ts', `import './c.ts'`),
    source('src/app/c.ts', `import type { A } from './a.ts'`),
    source('src/app/a.ts', `import './b.ts'`),
    source('src/app/d.ts', `import './a.ts'`),
  ]
  expect(importCycles(circle)).toEqual(['src/app/a.ts → src/app/b.ts → src/app/c.ts → src/app/a.ts'])
})

test('only the paths of files count as imports', () => {
  expect(importsOf(source('src/cli/a.ts', `spawn('./run.sh'); read('./notes.md'); join('../', name)`))).toEqual([])
})
