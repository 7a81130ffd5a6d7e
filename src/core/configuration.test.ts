import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationSchema } from './configuration.ts'

const part = { config: z.strictObject({}) }
const schema = configurationSchema({
  gates: { upstream: part, other: part },
  deployers: { here: part },
  routers: { one: part },
  verifications: { look: part },
  reports: {},
})
const problemsOf = (...gates: object[]) =>
  schema
    .safeParse({ project: 'shop', environments: { prod: { gates, deploy: { use: 'here' } } } })
    .error?.issues.map(({ path }) => path.join('.')) ?? []

test('no other gate may call itself upstream', () => {
  expect(problemsOf({ use: 'other', id: 'upstream' })).toEqual(['environments.prod.gates.0.id'])
  expect(problemsOf({ use: 'other' }, { use: 'upstream', id: 'upstream' })).toEqual([])
})
