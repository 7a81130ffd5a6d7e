import { expect, test } from 'vitest'
import { isPlainRef } from './ref.ts'

test('names and ids are plain; what git takes for an option or an expression is not', () => {
  const plain = ['HEAD', 'main', 'feature/a-b', 'v1.2', 'refs/tags/v1', 'a'.repeat(40), 'a'.repeat(255), 'größe']
  expect(plain.filter((text) => !isPlainRef(text))).toEqual([])
  const others = [
    '',
    '-x',
    'HEAD~1',
    'a^',
    'a..b',
    '@{-1}',
    'a:b',
    'a b',
    'a\nb',
    'a//b',
    'a*',
    '\u202e',
    'a'.repeat(256),
  ]
  expect(others.filter(isPlainRef)).toEqual([])
})
