import { expect, test } from 'vitest'
import { inOrder } from './environment-order.ts'

test('an environment comes after those it is after, and otherwise in the order of the file', () => {
  const after = (...names: string[]) => ({ after: names })
  expect(inOrder({ prod: after('stg', 'perf'), dev: after(), perf: after('dev'), stg: after('dev') })).toEqual([
    'dev',
    'stg',
    'perf',
    'prod',
  ])
})
