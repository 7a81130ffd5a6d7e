import { expect, test } from 'vitest'
import { z } from 'zod'
import { slug } from './names.ts'
import { unknownNames } from './unknown-names.ts'

const config = z.strictObject({ for: z.string(), in: z.array(slug).optional(), with: slug.optional() })
const soak = {
  config,
  watches: (settings: { in?: string[]; with?: string }) => [
    ...(settings.in ?? []),
    ...(settings.with ? [settings.with] : []),
  ],
}
const gates = { soak, quiet: { config: z.strictObject({}) } }
const prod = (gate: Record<string, unknown>, deploy = {}) => ({ prod: { gates: [gate], deploy } })
const stage = (kind: string, ...names: string[]) => ({ stage: kind, artifacts: names.map((name) => ({ name })) })

test('an environment that a gate looks at has to be one of the file, whatever else is said about the gate', () => {
  const gate = { use: 'soak', id: 'long', for: '1h', in: ['prod', 'stage'], with: 'eu', shadow: true }
  expect(unknownNames({ environments: prod(gate) }, gates)).toEqual([
    {
      path: ['environments', 'prod', 'gates', 0, 'in', 1],
      message: 'expected an environment of this file (prod), found stage',
      unknown: { name: 'stage', known: ['prod'] },
    },
    {
      path: ['environments', 'prod', 'gates', 0, 'with'],
      message: 'expected an environment of this file (prod), found eu',
      unknown: { name: 'eu', known: ['prod'] },
    },
  ])
  expect(unknownNames({ environments: prod({ use: 'soak', for: '1h', in: ['prod'] }) }, gates)).toEqual([])
  expect(unknownNames({ environments: prod({ use: 'quiet' }) }, gates)).toEqual([])
})

test('an artifact to deploy has to come from a job of the stage package, where there is a pipeline', () => {
  const environments = prod({ use: 'quiet' }, { use: 'process', artifact: 'app.tgz' })
  const made = (...jobs: Partial<ReturnType<typeof stage>>[]) => Object.fromEntries(jobs.entries())
  const problems = (jobs?: ReturnType<typeof made>) =>
    unknownNames({ jobs, environments }, gates).map(({ path, message }) => `${path.join('.')}: ${message}`)
  expect(problems()).toEqual([])
  expect(problems(made(stage('package', 'lib.tgz', 'app.tgz')))).toEqual([])
  expect(problems(made(stage('build', 'app.tgz'), stage('package', 'app.tar')))).toEqual([
    'environments.prod.deploy.artifact: expected an artifact of a `package` job (app.tar), found app.tgz',
  ])
  expect(problems(made(stage('build', 'app.tgz')))[0]).toContain('they make none')
  // What is wrong in a job is not known of it.
  expect(problems(made(stage('package', 'app.tar'), { stage: 'package' }))).toEqual([])
  expect(problems(made({ artifacts: [] }))).toEqual([])
})
