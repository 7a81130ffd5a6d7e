import { expect, test } from 'vitest'
import { wrapped } from './wrapped.ts'

test('a long text is broken between words, under its first word', () => {
  expect(wrapped('  ✗ quality  ', 'two tests failed and one was never run at all', 34)).toEqual([
    '  ✗ quality  two tests failed and',
    '             one was never run at',
    '             all',
  ])
})

test('a word that fits nowhere stays whole, and nothing is broken where the width is unknown', () => {
  const url = `https://example.org/${'a'.repeat(60)}`
  expect(wrapped('see ', `it ${url}`, 40)).toEqual(['see it', `    ${url}`])
  expect(wrapped('see ', `it ${url} and more`, undefined)).toEqual([`see it ${url} and more`])
})
