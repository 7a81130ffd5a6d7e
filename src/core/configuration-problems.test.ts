import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationSchema } from './configuration.ts'
import { readConfiguration } from './read-configuration.ts'
import { Refusal } from './refusal.ts'

const watching = { config: z.strictObject({ in: z.array(z.string()) }), watches: watched }
const schema = configurationSchema({
  gates: { approval: { config: z.strictObject({}) }, soak: watching },
  deployers: { process: { config: z.strictObject({ artifact: z.string().optional() }) } },
  routers: { command: { config: z.strictObject({}) } },
  verifications: { http: { config: z.strictObject({}) } },
  reports: { junit: {}, lcov: {} },
})

function watched(config: unknown): string[] {
  return (config as { in: string[] }).in
}

function problems(text: string): string[] {
  try {
    readConfiguration(text, 'f', schema)
  } catch (error) {
    if (error instanceof Refusal) return error.problems.map(({ at, message }) => `${at}: ${message}`)
    throw error
  }
  return []
}

const step = 'steps: [{ run: make }]'

test('a variable or secret whose value no step would ever see is refused where it is named, with who keeps it', () => {
  expect(
    problems(`project: shop
pipeline:
  env: { UID: "1", LOCKFLIGHT_COMMIT: fake, PATH: /opt/bin, LOCKFLIGHT_SERVER: "http://ci" }
  jobs:
    a:
      stage: build
      env: { lf_at: "0", LOCKFLIGHT_OUTPUTS: /tmp }
      secrets: [PPID, lf_x, PATH, LOCKFLIGHT_RUN, LOCKFLIGHT_TOKEN, LF_AT]
      steps: [{ run: make, env: { IFS: ",", OPTIND: "1", lineno: "1", LINENO: "1" } }]
`),
  ).toEqual([
    'f:3:10: expected another name, because bash keeps UID for itself; found UID',
    'f:3:20: expected another name, because Lockflight itself sets LOCKFLIGHT_* for jobs; found LOCKFLIGHT_COMMIT',
    'f:7:14: expected another name, because Lockflight keeps lf_* for itself; found lf_at',
    'f:7:26: expected another name, because Lockflight itself sets LOCKFLIGHT_* for jobs; found LOCKFLIGHT_OUTPUTS',
    'f:8:17: expected another name, because bash keeps PPID for itself; found PPID',
    'f:8:23: expected another name, because Lockflight keeps lf_* for itself; found lf_x',
    'f:8:29: expected another name, because every job finds its programs with PATH; found PATH',
    'f:8:35: expected another name, because Lockflight itself sets LOCKFLIGHT_* for jobs; found LOCKFLIGHT_RUN',
    'f:9:35: expected another name, because every shell sets IFS anew; found IFS',
    'f:9:45: expected another name, because every shell sets OPTIND anew; found OPTIND',
    'f:9:71: expected another name, because every shell sets LINENO anew; found LINENO',
  ])
})

test('a condition may look only at outputs that a needed job declares', () => {
  const jobs = (condition: string) => `project: shop
pipeline:
  jobs:
    build: { stage: build, outputs: [digest, changed], ${step} }
    lint-all: { stage: test, ${step} }
    test: { stage: test, needs: [build, lint-all], if: '${condition}', ${step} }
    odd: { stage: test, ${step} }
`
  const told = (condition: string) => problems(jobs(condition)).map((problem) => problem.replace(/^f:6:56: /, ''))
  expect(told('needs.build.outputs.digest == needs["build"].outputs["changed"]')).toEqual([])
  expect(told('size(needs.build.outputs) > 0 && branch == "main"')).toEqual([])
  expect(told('needs.biuld.outputs.digest == "1" || needs.biuld.outputs.changed == ""')).toEqual([
    'expected a job that this one `needs` (build, lint-all), found biuld, did you mean build?',
  ])
  expect(told('needs.odd.outputs.digest.startsWith("a")')).toEqual([
    'expected a job that this one `needs` (build, lint-all), found odd',
  ])
  expect(told('has(needs.build.outputs.digset) && needs["lint-all"].outputs.x == ""')).toEqual([
    'expected an output that build declares (digest, changed), found digset, did you mean digest?',
    'expected an output that lint-all declares (it declares none), found x',
  ])
  expect(told('needs.build.output.digest == ""')).toEqual(['expected needs.build.outputs, found needs.build.output'])
  expect(told('needs.constructor.outputs.x == ""')[0]).toContain('found constructor')
})

test('what a list says twice is told at the second place', () => {
  expect(
    problems(`project: shop
pipeline:
  jobs:
    a: { stage: build, outputs: [v, w, v], ${step} }
    b: { stage: build, needs: [a, a], secrets: [KEY, TOKEN, KEY], ${step} }
environments:
  dev: { deploy: { use: process } }
  prod: { after: [dev, dev], deploy: { use: process } }
`),
  ).toEqual([
    'f:4:40: expected each name once, found v again',
    'f:5:35: expected each name once, found a again',
    'f:5:61: expected each name once, found KEY again',
    'f:8:24: expected each name once, found dev again',
  ])
})

test('what does not fit its schema hides nothing of the rest, in other parts or in its own', () => {
  expect(
    problems(`project: Shop
pipeline:
  jobs:
    a:
      stage: build
      needs: [pakc]
      if: branch = 'main'
      steps: [make, { run: x }]
      reports: [{ use: junt, path: r.xml }]
    pack: { stage: package, ${step}, artifacts: [{ name: app.tgz, path: a }, { name: app.tgz, path: b }] }
environments:
  dev: { after: [prd], gates: [{ use: soak, in: [prdo] }], deploy: { use: process, artifact: app.tar } }
  prod: { promote: maybe, after: [dev, stg], deploy: { use: process } }
freezes:
  late: { reason: x, when: [], environments: [dve] }
`).map((problem) => problem.replace(/found branch = 'main': .*/, "found branch = 'main'")),
  ).toEqual([
    'f:1:10: expected lower-case letters, digits and dashes (at most 63); found Shop',
    'f:6:15: expected a job of this pipeline, found pakc, did you mean pack?',
    "f:7:11: expected a condition over branch, commit and needs; found branch = 'main'",
    'f:8:15: expected a mapping; found make',
    'f:9:24: expected one of junit, lcov, found junt, did you mean junit?',
    'f:10:64: expected artifacts to differ by name, found app.tgz twice; rename one',
    'f:12:18: expected an environment of this file, found prd, did you mean prod?',
    'f:12:50: expected an environment of this file (dev, prod), found prdo, did you mean prod?',
    'f:12:94: expected an artifact of a `package` job (app.tgz, app.tgz), found app.tar, did you mean app.tgz?',
    'f:13:20: expected one of auto, manual; found maybe',
    'f:13:40: expected an environment of this file, found stg',
    'f:15:28: expected at least 1 item; found none',
    'f:15:47: expected an environment of this file, found dve, did you mean dev?',
  ])
})

test('what is wrong is told once: nothing is said to be missing that was misspelt, misnamed or malformed', () => {
  const jobs = (...lines: string[]) =>
    problems(['project: shop', 'pipeline:', '  jobs:', ...lines.map((line) => `    ${line}`)].join('\n'))
  const places = (found: string[]) => found.map((problem) => problem.split(': ')[0])
  const b = `b: { stage: build, outputs: [v], ${step} }`
  const condition = `if: needs.b.outputs.v == '1'`
  // `needs` under another key, of another kind, with a name that is none, with one that is not there
  for (const needs of ['neds: [b]', 'needs: b', 'needs: [b, B]', 'needs: [bb]']) {
    expect(jobs(b, `a: { stage: build, ${condition}, ${needs}, ${step} }`), needs).toHaveLength(1)
  }
  // the declaration under another key, of another kind, in a job that is none
  for (const wrong of [b.replace('outputs', 'outptus'), b.replace('[v]', 'v'), 'b: make']) {
    expect(places(jobs(wrong, `a: { stage: build, needs: [b], ${condition}, ${step} }`)), wrong).not.toContain('f:5:38')
  }
  expect(jobs(`Build: { stage: build, ${step} }`, `a: { stage: build, needs: [build], ${step} }`)).toHaveLength(1)
  const file = (middle: string) =>
    problems(`project: shop\n${middle}\nenvironments: { dev: { deploy: { use: process, artifact: app.tgz } } }`)
  const pack = `{ stage: package, ${step}, artifacts: [{ name: app.tgz, path: a }] }`
  expect(file(`pipeline: { jobs: { pack: ${pack} } }`)).toEqual([])
  for (const [right, wrong] of [
    ['artifacts', 'artefacts'],
    ['stage: package', 'stage: pakcage'],
    ['path: a', 'path: /a'],
    ['pack:', 'Pack:'],
    ['jobs', 'job'],
    ['pipeline', 'pipelin'],
  ] as const) {
    const found = file(`pipeline: { jobs: { pack: ${pack} } }`.replace(right, wrong))
    expect(found.join('\n'), wrong).not.toContain('expected an artifact')
    expect(found, wrong).not.toEqual([])
  }
  expect(
    problems(`project: shop
freezes: { late: { reason: x, when: [{ rrule: FREQ=DAILY }], environments: [prod] } }
environment: { prod: { deploy: { use: process } } }`),
  ).toHaveLength(1)
})

test.each([
  ['jobs that all need one that is not there', (name: string) => `needs: [x${name}]`],
  ['jobs that all look at one they do not need', (name: string) => `if: needs.x${name}.outputs.a == ''`],
  ['jobs that all are wrong', () => 'steps: make'],
])('A16 a thousand %s are refused within a second', (_name, wrong) => {
  const name = (index: number) => `${'abcdefgh'.repeat(7)}${index}`
  const lines = Array.from(
    { length: 1000 },
    (_, index) => `    ${name(index)}: { stage: build, ${step}, ${wrong(name(index + 1))} }`,
  )
  const before = process.cpuUsage()
  expect(problems(['project: shop', 'pipeline:', '  jobs:', ...lines].join('\n'))).toHaveLength(50)
  const { user, system } = process.cpuUsage(before)
  expect(user + system, 'microseconds of processor time').toBeLessThan(1_000_000)
})
