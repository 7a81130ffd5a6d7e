import { expect, test } from 'vitest'
import { csv } from './csv.ts'

test('cells with commas, quotes and line ends are quoted', () => {
  expect(csv([['a', 'b,c', 'say "no"', 'two\nlines']])).toBe('a,"b,c","say ""no""","two\nlines"\r\n')
})

test('no cell is a formula to a spreadsheet', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r']) {
    expect(csv([[`${start}HYPERLINK(1)`]])).toMatch(/^"?'/)
  }
})
