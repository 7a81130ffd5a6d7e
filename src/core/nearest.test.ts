import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

const gates = ['approval', 'quality', 'soak', 'signature']

test('a mistyped word finds what was meant: a letter lost, added, replaced or swapped', () => {
  expect(['aproval', 'approvall', 'qualiti', 'saok', 'Signature'].map((word) => nearest(word, gates))).toEqual([
    'approval',
    'approval',
    'quality',
    'soak',
    'signature',
  ])
})

test('a word that is nothing like any candidate finds none', () => {
  expect(nearest('deploy', gates)).toBeUndefined()
  expect(nearest('', gates)).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
})
