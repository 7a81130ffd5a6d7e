import { expect, test } from 'vitest'
import { bundlesIn } from './bundles-in.ts'

const many = (count: number) => Array.from({ length: count }, () => ({ mediaType: 'none of these is a bundle' }))
const spellings: [string, (count: number) => string][] = [
  ['a list', (count) => JSON.stringify(many(count))],
  [
    'an answer of GitHub or npm',
    (count) => JSON.stringify({ attestations: many(count).map((bundle) => ({ bundle })) }),
  ],
  [
    'one a line',
    (count) =>
      many(count)
        .map((one) => JSON.stringify(one))
        .join('\n'),
  ],
]

test.each(spellings)('A18 of more than 200 bundles in %s none is read', (_, spelled) => {
  expect(() => bundlesIn(spelled(201))).toThrow('expected at most 200 bundles, found 201')
  expect(() => bundlesIn(spelled(200))).toThrow('not a Sigstore bundle')
})
