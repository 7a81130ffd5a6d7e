import { expect, test } from 'vitest'
import { emptyNames, oddFileNames } from './names.ts'
import { allSources, source } from './source.ts'

test('nothing is called Manager, Helper, Util, Service or Impl', () => {
  expect(allSources().flatMap(emptyNames)).toEqual([])
})

test('files are named in lower case with dashes', () => {
  expect(allSources().flatMap(oddFileNames)).toEqual([])
})

test('an empty name is found in a file name and in every kind of declaration', () => {
  expect(emptyNames(source('src/core/date-utils.ts', ''))).toEqual(['src/core/date-utils.ts'])
  const declarations = [
    'const lockManager = 1',
    'const helper = 1',
    'function runHelpers() {}',
    'class DeployService {}',
    'interface StoreImpl {}',
    'type DateUtil = string',
  ]
  for (const text of declarations) expect(emptyNames(source('src/core/bad.ts', text)), text).toHaveLength(1)
})

test('a name that only contains the letters is left alone', () => {
  const text = `import { promisify } from 'node:util'\nconst implicit = 'service.deployed'; function utilization() {}`
  expect(emptyNames(source('src/core/serviced.ts', text))).toEqual([])
})

test('a file named after a class is found', () => {
  expect(oddFileNames(source('src/core/PromotionState.ts', ''))).toEqual(['src/core/PromotionState.ts'])
})
