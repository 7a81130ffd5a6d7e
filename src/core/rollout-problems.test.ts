import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationSchema } from './configuration.ts'
import { readConfiguration } from './read-configuration.ts'
import { Refusal } from './refusal.ts'

const schema = configurationSchema({
  gates: { approval: { config: z.strictObject({}) } },
  deployers: { local: { config: z.strictObject({}) }, script: { config: z.strictObject({ run: z.string() }) } },
  routers: { front: { config: z.strictObject({}), deployers: ['local'] }, any: { config: z.strictObject({}) } },
  verifications: { http: { config: z.strictObject({ path: z.string() }) } },
  reports: {},
})

/** What is wrong with an environment of that deployer and rollout. */
function problemsOf(deploy: string, rollout: string): string[] {
  const text = `project: shop
environments:
  prod:
    deploy: ${deploy}
    rollout: ${rollout}
`
  try {
    readConfiguration(text, 'lockflight.yaml', schema)
    return []
  } catch (error) {
    if (error instanceof Refusal) return error.problems.map(({ at, message }) => `${at}: ${message}`)
    throw error
  }
}

test('a router is refused beside a deployer that starts nothing it could shift', () => {
  const message =
    'expected a router for what `deploy: { use: script }` starts, found front: it only shifts what local starts'
  expect(problemsOf('{ use: script, run: go }', '{ use: blue-green, router: { use: front } }')).toEqual([
    `lockflight.yaml:5:48: ${message}`,
  ])
  expect(
    problemsOf('{ use: script, run: go }', '{ use: canary, router: { use: front }, steps: [{ weight: 5 }] }'),
  ).toEqual([`lockflight.yaml:5:44: ${message}`])
  expect(problemsOf('{ use: local }', '{ use: blue-green, router: { use: front } }')).toEqual([])
  expect(problemsOf('{ use: script, run: go }', '{ use: blue-green, router: { use: any } }')).toEqual([])
})

test('of a deployer that is wrong itself, nothing is said again', () => {
  expect(problemsOf('{ use: script }', '{ use: blue-green, router: { use: front } }')).toEqual([
    expect.stringContaining('`run`'),
  ])
})

const canary = (...weights: number[]) =>
  problemsOf(
    '{ use: local }',
    `{ use: canary, router: { use: front }, steps: [${weights.map((weight) => `{ weight: ${weight} }`).join(', ')}] }`,
  )

test('the traffic of a canary may stay and grow, and never falls', () => {
  expect(canary(1, 10, 10, 100)).toEqual([])
  expect(canary(50, 20, 30)).toEqual([
    'lockflight.yaml:5:87: expected a weight that is not below that of the step before (50), found 20',
  ])
})

test('a step without traffic is none', () => {
  expect(canary(0, 50)).toEqual(['lockflight.yaml:5:71: expected at least 1; found 0'])
})
