import { expect, test } from 'vitest'
import { defaultExports, undocumentedExports } from './docstrings.ts'
import { allSources, isTest, source } from './source.ts'

const sources = allSources().filter((file) => !isTest(file))

test('every export has a sentence that says what its name cannot', () => {
  expect(sources.flatMap(undocumentedExports)).toEqual([])
})

test('exports have names', () => {
  expect(sources.flatMap(defaultExports)).toEqual([])
})

test('an export without a docstring is found, whatever it exports', () => {
  const declarations = ['const a = 1', 'function a() {}', 'class A {}', 'interface A {}', 'type A = string']
  for (const declaration of declarations) {
    const bare = source('src/core/bad.ts', `export ${declaration}`)
    const commented = source('src/core/bad.ts', `// Three plain words\nexport ${declaration}`)
    const documented = source('src/core/good.ts', `/** Three plain words. */\nexport ${declaration}`)
    expect(undocumentedExports(bare), declaration).toEqual(['src/core/bad.ts:1'])
    expect(undocumentedExports(commented), declaration).toEqual(['src/core/bad.ts:2'])
    expect(undocumentedExports(documented), declaration).toEqual([])
  }
})

test('a docstring of one word, or one that belongs to something else, does not count', () => {
  expect(
    undocumentedExports(source('src/core/bad.ts', '/** Promotions. */\nexport const promotions = []')),
  ).toHaveLength(1)
  const shared = '/** This sentence is about the first. */\nexport const a = 1\nexport const b = 2'
  expect(undocumentedExports(source('src/core/bad.ts', shared))).toEqual(['src/core/bad.ts:3'])
})

test('a type read off something documented needs no sentence of its own', () => {
  expect(undocumentedExports(source('src/core/a.ts', 'export type A = z.infer<typeof a>'))).toEqual([])
  expect(undocumentedExports(source('src/core/a.ts', `export type Verb = Job['verb']`))).toEqual([])
})

test('a default export is found', () => {
  expect(defaultExports(source('src/core/bad.ts', 'export default 1'))).toEqual(['src/core/bad.ts:1'])
})
