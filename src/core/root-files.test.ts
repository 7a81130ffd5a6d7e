import { expect, test } from 'vitest'
import { fillRoots, rootFilesIn } from './root-files.ts'

const configuration = (root: object) => ({
  environments: {
    prod: {
      gates: [
        { use: 'soak', roots: [root] },
        { use: 'signature', roots: ['public-good', root] },
        { use: 'provenance', trust: { roots: [root] } },
      ],
    },
  },
})

test('what a root file says comes beside its name, in both gates that have roots', () => {
  const named = configuration({ 'root-file': 'trust/root.json' })
  expect(rootFilesIn(named)).toEqual(['trust/root.json'])
  const root = { mediaType: 'x' }
  const filled = { 'root-file': 'trust/root.json', root }
  const { gates } = (fillRoots(named, { 'trust/root.json': JSON.stringify(root) }) as typeof named).environments.prod
  expect(gates).toEqual([
    { use: 'soak', roots: [{ 'root-file': 'trust/root.json' }] },
    { use: 'signature', roots: ['public-good', filled] },
    { use: 'provenance', trust: { roots: [filled] } },
  ])
})

test('A15 a file that is missing, contradicted, or no strict JSON is refused by name', () => {
  const named = configuration({ 'root-file': 'root.json' })
  expect(() => fillRoots(named, {})).toThrow('expected the file root.json, which a gate names by root-file')
  expect(() => fillRoots(named, { 'root.json': '{"a":1,"a":2}' })).toThrow('root.json: ')
  const both = configuration({ 'root-file': 'root.json', root: {} })
  expect(() => fillRoots(both, { 'root.json': '{}' })).toThrow('found both')
})
