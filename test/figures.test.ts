import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { withFigures } from '../bench/figures.ts'
import { markdownTable } from '../bench/row.ts'

const page = readFileSync(resolve(import.meta.dirname, '../bench/README.md'), 'utf8')

test('the page has one place for figures, and writing them again replaces them', () => {
  const once = withFigures(page, 'a table')
  expect(once.split('a table')).toHaveLength(2)
  expect(withFigures(once, 'another')).toBe(withFigures(page, 'another'))
  expect(withFigures(once, 'another')).not.toContain('a table')
})

test('a page without its marks is left alone', () => {
  expect(() => withFigures('no marks', 'a table')).toThrow('each once')
  expect(() => withFigures(page + page, 'a table')).toThrow('each once')
})

test('a missed target stands out in the table', () => {
  const row = { what: 'status', ours: '2 ms', limit: 'node 1 ms', ratio: 2 }
  expect(
    markdownTable([
      { ...row, target: { atMost: 1.5 } },
      { ...row, target: null },
    ]),
  ).toBe(
    [
      '| what | ours | limit | ratio | target | |',
      '|--|--|--|--|--|--|',
      '| status | 2 ms | node 1 ms | 2.00× | ≤ 1.5× | missed |',
      '| status | 2 ms | node 1 ms | 2.00× | | |',
    ].join('\n'),
  )
})
