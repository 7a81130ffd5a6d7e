import { expect, test } from 'vitest'
import { dodgedTests } from './honest-tests.ts'
import { allSources, isTest, source } from './source.ts'

test('no test is skipped, singled out, doubled or tied to a port', () => {
  expect(allSources().filter(isTest).flatMap(dodgedTests)).toEqual([])
})

test('every way around a real test is found', () => {
  const dodges = [
    `test.skip('a', work)`,
    `describe.only('a', work)`,
    `test.concurrent.only('a', work)`,
    `it.skipIf(isCi)('a', work)`,
    `vi.mock('./a.ts')`,
    `vi.useFakeTimers()`,
    `server.listen(8080)`,
  ]
  for (const text of dodges) expect(dodgedTests(source('src/a.test.ts', text)), text).toHaveLength(1)
})

test('a real test passes', () => {
  const text = `test('it skips nothing', () => { list.skip(1); server.listen(0); test.each([1]) })`
  expect(dodgedTests(source('src/a.test.ts', text))).toEqual([])
})
