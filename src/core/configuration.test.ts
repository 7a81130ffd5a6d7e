import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationSchema } from './configuration.ts'

const part = { config: z.strictObject({}) }
const schema = configurationSchema({
  gates: { upstream: part, other: part, sealed: { ...part, always: true } },
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

test('what is always in force may not be a shadow, and nothing else is refused for being one', () => {
  const shadows = ['upstream', 'sealed', 'other'].map((use) => ({ use, shadow: true }))
  expect(problemsOf(...shadows)).toEqual(['environments.prod.gates.0.shadow', 'environments.prod.gates.1.shadow'])
  expect(problemsOf({ use: 'sealed', shadow: false, overridable: true })).toEqual([])
})

test('a time limit must be a real one, and so must how long a gate has to be stable', () => {
  const at = 'environments.prod.gates.0'
  for (const timeout of ['0s', '2d', '1y', 60]) {
    expect(problemsOf({ use: 'other', timeout }), `${timeout}`).toEqual([`${at}.timeout`])
  }
  for (const stable of ['8d', '-1s', 0]) {
    expect(problemsOf({ use: 'other', 'stable-for': stable }), `${stable}`).toEqual([`${at}.stable-for`])
  }
  expect(problemsOf({ use: 'other', timeout: '1s', 'stable-for': '0s' })).toEqual([])
})
