import { expect, test } from 'vitest'
import { coloured } from './look.ts'
import { table } from './table.ts'
import { width } from './width.ts'

test('columns are as wide as their widest cell, and nothing is left at the end of a line', () => {
  expect(
    table([
      ['a', 'bbb', 'c'],
      ['aaaa', 'b', ''],
    ]),
  ).toBe('a     bbb  c\naaaa  b')
})

test('colour codes take no room, wide characters two, combining marks none', () => {
  expect(width(coloured('red', 'abc'))).toBe(3)
  expect(width('日本')).toBe(4)
  expect(width('e\u{301}')).toBe(1)
})

test('the last column is broken between words where the width is known', () => {
  expect(
    table(
      [
        ['a', 'one two three four five'],
        ['bbb', 'six'],
      ],
      25,
    ),
  ).toBe('a    one two three four\n     five\nbbb  six')
})

test('no rows make no text', () => {
  expect(table([])).toBe('')
})
