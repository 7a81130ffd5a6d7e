import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { configurationSchema } from './configuration.ts'
import { readConfiguration, readYamlAs } from './read-configuration.ts'
import { Refusal } from './refusal.ts'
import { trustPolicy } from './trust-policy.ts'

const schema = configurationSchema({
  gates: {
    approval: { config: z.strictObject({ count: z.int().min(1).default(1), group: z.string().optional() }) },
    quality: { config: z.strictObject({ 'tests-at-least': z.int().default(1) }) },
  },
  deployers: { process: { config: z.strictObject({ port: z.int() }) } },
  routers: { command: { config: z.strictObject({ run: z.string() }) } },
  verifications: { http: { config: z.strictObject({ path: z.string() }) } },
  reports: { junit: {} },
})

const read = (text: string) => readConfiguration(text, 'lockflight.yaml', schema)

function problems(text: string, readIt: (text: string) => unknown = read): string[] {
  try {
    readIt(text)
  } catch (error) {
    if (error instanceof Refusal) return error.problems.map(({ at, message }) => `${at}: ${message}`)
    throw error
  }
  return []
}

test('a whole file is read, with the defaults filled in', () => {
  const configuration = read(`
project: checkout
pipeline:
  jobs:
    build: { stage: build, steps: [{ run: make }] }
environments:
  dev: { deploy: { use: process, port: 8001 } }
  prod:
    after: [dev]
    gates: [{ use: approval, count: 2 }]
    deploy: { use: process, port: 8002 }
`)
  expect(configuration.environments['prod']).toMatchObject({
    after: ['dev'],
    promote: 'manual',
    gates: [{ use: 'approval', count: 2 }],
    rollout: { use: 'rolling' },
    'expires-after': '14d',
  })
})

test('every problem is told at once, at its line and column, in the order of the file', () => {
  const text = `project: Shop
pipeline:
  jobs:
    build:
      stage: biuld
      step: [{ run: make }]
environments:
  dev:
    gates:
      - use: aproval
      - use: approval
        coutn: 2
    deploy: { use: process, port: x }
  Prod:
    deploy: { use: process, port: 1 }
  stg: {}
`
  expect(problems(text)).toEqual([
    'lockflight.yaml:1:10: expected lower-case letters, digits and dashes (at most 63); found Shop',
    'lockflight.yaml:4:5: expected `steps`, a list; found nothing',
    'lockflight.yaml:5:14: expected one of build, test, package; found biuld, did you mean build?',
    'lockflight.yaml:6:7: expected one of stage, needs, if, retries, timeout, env, secrets, steps, outputs, reports, artifacts; found step, did you mean steps?',
    'lockflight.yaml:10:14: expected one of approval, quality; found aproval, did you mean approval?',
    'lockflight.yaml:12:9: expected one of count, group, use, id, classes, shadow, overridable, timeout, stable-for; found coutn, did you mean count?',
    'lockflight.yaml:13:35: expected a number; found x',
    'lockflight.yaml:14:3: expected lower-case letters, digits and dashes (at most 63); found Prod',
    'lockflight.yaml:16:3: expected `deploy`, a mapping; found nothing',
  ])
})

test('where a value may have several forms, what is wrong is told of the one that is meant; a private key is not shown (A21)', () => {
  const text = `signers:
  - { key: '-----BEGIN EC PRIVATE KEY-----MHcCAQEE', builders: [b], build-type: [t] }
  - { identity: x, issuer: y, builders: [b], build-types: [t], valid-until: tomorrow }
  - nobody
sources:
  - { repository: r }
`
  expect(
    problems(text, (given) => readYamlAs(trustPolicy, { text: given, file: 'trust.yaml', what: 'policy' })),
  ).toEqual([
    'trust.yaml:2:5: expected `build-types`, a list; found nothing',
    'trust.yaml:2:12: expected a public key as PEM (-----BEGIN PUBLIC KEY-----); found another text',
    'trust.yaml:2:69: expected one of key, valid-from, valid-until, revoked-at, builders, build-types, runners, level; found build-type, did you mean build-types?',
    'trust.yaml:3:64: expected one of identity, issuer, builders, build-types, runners, level; found valid-until',
    'trust.yaml:4:5: expected a mapping; found nobody',
  ])
})

test('circles and unknown names in `needs` and `after` are told where they stand', () => {
  expect(
    problems(`project: shop
pipeline:
  jobs:
    build: { stage: build, needs: [test], steps: [{ run: make }] }
    test: { stage: test, needs: [build, lint], steps: [{ run: make }], reports: [{ use: tap, path: x }] }
environments:
  dev: { after: [prod], deploy: { use: process, port: 1 } }
  prod: { after: [dev, qa], deploy: { use: process, port: 1 } }
`),
  ).toEqual([
    'lockflight.yaml:4:35: expected no cycle, found build → test → build',
    'lockflight.yaml:5:41: expected a job of this pipeline, found lint',
    'lockflight.yaml:5:89: expected one of junit, found tap',
    'lockflight.yaml:7:17: expected no cycle, found dev → prod → dev',
    'lockflight.yaml:8:24: expected an environment of this file, found qa',
  ])
})

test('A15 what every object has by itself is no environment, job, gate or report', () => {
  const step = 'steps: [{ run: x }]'
  for (const [text, found] of [
    ['environments: { prod: { after: [constructor], deploy: { use: process, port: 1 } } }', 'an environment'],
    [`pipeline: { jobs: { a: { stage: build, needs: [constructor], ${step} } } }`, 'a job'],
    ['environments: { prod: { deploy: { use: constructor } } }', 'process'],
    ['environments: { prod: { gates: [{ use: constructor }], deploy: { use: process, port: 1 } } }', 'one of'],
    [`pipeline: { jobs: { a: { stage: build, reports: [{ use: constructor, path: x }], ${step} } } }`, 'one of junit'],
  ] as const) {
    expect(problems(`project: shop\n${text}`).join(), text).toContain(`expected ${found}`)
  }
  const { environments } = read('project: shop\nenvironments: { constructor: { deploy: { use: process, port: 1 } } }')
  expect(Object.keys(environments)).toEqual(['constructor'])
})

test('A16 what looks like a version, a number or a boolean stays the text that was written where text is expected', () => {
  const { pipeline } = read(
    `
project: 1-10
pipeline:
  env: { NODE: 1.10, ANSWER: no, MODE: 0o17, DEBUG: true, BIG: 12345678901234567890, QUOTED: "1.10", 1_0: x }
  jobs:
    1e3: { stage: build, steps: [{ run: make, name: 0x10 }] }
`.replace('1_0', '_1'),
  )
  expect(pipeline?.env).toEqual({
    NODE: '1.10',
    ANSWER: 'no',
    MODE: '0o17',
    DEBUG: 'true',
    BIG: '12345678901234567890',
    QUOTED: '1.10',
    _1: 'x',
  })
  expect(pipeline?.jobs['1e3']?.steps[0]?.name).toBe('0x10')
})

test('A16 an absent value is not text', () => {
  expect(
    problems('project: shop\npipeline: { env: { A: , B: null }, jobs: { a: { stage: build, steps: [{ run: x }] } } }'),
  ).toEqual([
    'lockflight.yaml:2:23: expected text; found nothing',
    'lockflight.yaml:2:28: expected text; found nothing',
  ])
})

test('A16 data only: tags, merge keys, duplicate keys and circles are refused where they stand', () => {
  expect(
    problems(`project: !!js/function x
environments: !!binary aGk=
pipeline: &a { jobs: *a }
project: shop
<<: { project: x }
__proto__: { polluted: true }
"\\uD800": 1
? [list]
: 1
`).filter((problem) => !problem.includes('one of')),
  ).toEqual([
    'lockflight.yaml:1:24: expected plain data; found the tag tag:yaml.org,2002:js/function',
    'lockflight.yaml:2:24: expected plain data; found the tag tag:yaml.org,2002:binary',
    'lockflight.yaml:3:22: expected an alias of something that ended before; found a circle',
    'lockflight.yaml:4:1: expected each key once; found project again',
    'lockflight.yaml:5:1: expected no merge key; found <<',
    'lockflight.yaml:6:1: expected another key; found __proto__',
    'lockflight.yaml:7:1: expected another key; found one that is not text',
    'lockflight.yaml:8:3: expected a plain key; found something else',
  ])
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

test('a few anchors are fine', () => {
  const { environments } = read(`
project: shop
environments:
  dev: { deploy: &deploy { use: process, port: 1 } }
  stg: { deploy: *deploy }
`)
  expect(environments['stg']?.deploy).toEqual({ use: 'process', port: 1 })
})

const bomb = 'abcdefghi'
  .split('')
  .map(
    (name, level) =>
      `${name}: &${name} [${Array(9)
        .fill(level === 0 ? 'lol' : `*${'abcdefghi'[level - 1]}`)
        .join(', ')}]`,
  )
  .join('\n')

test.each([
  ['an alias bomb of nine levels', bomb, 'expected at most 20 aliases'],
  ['several documents', 'project: a\n---\nproject: b', 'expected one YAML document; found a second one'],
  ['20 000 levels in brackets', '['.repeat(20_000) + ']'.repeat(20_000), 'expected a flatter file'],
  ['half a million levels in brackets', '['.repeat(500_000) + ']'.repeat(500_000), 'expected a flatter file'],
  ['20 000 levels of dashes', '- '.repeat(20_000), 'expected a flatter file'],
  ['20 000 levels of question marks', '? '.repeat(20_000), 'expected a flatter file'],
  ['70 levels', `${'{a: '.repeat(70)}1${'}'.repeat(70)}`, 'expected at most 64 levels'],
  ['50 MB', 'x'.repeat(50_000_000), 'expected at most 1 MiB'],
  ['10 000 unknown keys', Array.from({ length: 10_000 }, (_, index) => `k${index}:\n`).join(''), 'expected one of'],
  ['a hundred thousand brackets', '- []\n'.repeat(49_000), 'expected a simpler file'],
  ['a hundred thousand colons', 'a: b: c\n'.repeat(49_000), 'expected a flatter file'],
  ['100 000 lines', '\n'.repeat(100_000), 'expected at most 50000 lines'],
  ['20 000 anchors', '&a '.repeat(20_000), 'expected valid YAML'],
  ['a control character', 'project: \u0007', 'expected printable text'],
  ['nothing', '', 'expected a mapping; found nothing'],
  ['a cut-off file', 'project: "shop', 'expected valid YAML'],
  ['a tab', '\tproject: shop', 'expected valid YAML'],
])('A16 %s is refused within a second', (_name, text, message) => {
  const before = process.cpuUsage()
  const found = problems(text)
  const { user, system } = process.cpuUsage(before)
  expect(user + system, 'microseconds of processor time').toBeLessThan(1_000_000)
  expect(found.join('\n')).toContain(message)
  expect(found.length).toBeLessThanOrEqual(50)
  expect(found.join('\n').length).toBeLessThan(20_000)
})

test('reading never ends in anything but a configuration or a refusal', () => {
  const piece = fc.constantFrom(
    'project: a',
    '\n',
    ' ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '"',
    "'",
    '|',
    '&a ',
    '*a',
    '!x ',
    '%',
    '#',
    '\t',
    'environments:',
    '1.10',
    '---',
    '…',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      expect(outcome(pieces.join(''))).toMatch(/^(read|refused with [1-9])/)
    }),
    { numRuns: 500 },
  )
})

function outcome(text: string): string {
  try {
    return `read ${read(text).project}`
  } catch (error) {
    return error instanceof Refusal ? `refused with ${error.problems.length}` : String(error)
  }
}

const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/)
const environment = fc.record(
  {
    promote: fc.constantFrom('auto', 'manual'),
    gates: fc.uniqueArray(
      fc.record({ use: fc.constantFrom('approval', 'quality'), id: name }, { requiredKeys: ['use', 'id'] }),
      { maxLength: 3, selector: ({ id }) => id },
    ),
    deploy: fc.record({ use: fc.constant('process'), port: fc.nat() }),
    'deploy-timeout': fc.constantFrom('1s', '10m', '2h'),
  },
  { requiredKeys: ['deploy'] },
)
const anyConfiguration = fc.record({ project: name, environments: fc.dictionary(name, environment, { maxKeys: 4 }) })

test('what was parsed parses again to the same, so it can be stored and hashed', () => {
  fc.assert(
    fc.property(anyConfiguration, (written) => {
      const once = schema.parse(written)
      expect(schema.parse(structuredClone(once))).toEqual(once)
      expect(read(JSON.stringify(once))).toEqual(once)
    }),
  )
})

test('durations that no date or timer can hold are refused where they stand', () => {
  expect(
    problems(`
project: checkout
pipeline:
  jobs:
    build: { stage: build, timeout: 25d, steps: [{ run: make }] }
environments:
  dev:
    deploy: { use: process, port: 8001 }
    deploy-timeout: 0s
    expires-after: 999999999w
    rollout: { use: blue-green, router: { use: command, run: go }, pause: 367d }
`),
  ).toEqual([
    'lockflight.yaml:5:37: expected at least 1s and at most 24d; found 25d',
    'lockflight.yaml:9:21: expected at least 1s and at most 366d; found 0s',
    'lockflight.yaml:10:20: expected at least 1s and at most 366d; found 999999999w',
    'lockflight.yaml:11:75: expected at least 1s and at most 366d; found 367d',
  ])
})

test('a pipeline that no run could carry out is refused at the place that is wrong', () => {
  expect(
    problems(`
project: checkout
pipeline:
  jobs:
    a: { stage: build, steps: [{ run: make }], outputs: [b-c] }
    a-b: { stage: build, steps: [{ run: make }], outputs: [c] }
    both: { stage: build, needs: [a, a-b], steps: [{ run: make }] }
    odd: { stage: build, needs: [constructor], if: branch = "main", steps: [{ run: make }] }
    pack:
      stage: package
      steps: [{ run: make }]
      artifacts: [{ name: app.tgz, path: a }, { name: app.tgz, path: b }]
    left: { stage: build, steps: [{ run: make }], artifacts: [{ name: lib, path: l }] }
    right: { stage: build, steps: [{ run: make }], artifacts: [{ name: lib, path: r }] }
    join: { stage: test, needs: [left, right], steps: [{ run: make }] }
`),
  ).toEqual([
    'lockflight.yaml:7:34: expected outputs to differ as variables, found OUTPUT_A_B_C twice; rename one',
    'lockflight.yaml:8:34: expected a job of this pipeline, found constructor',
    expect.stringMatching(
      /^lockflight.yaml:8:52: expected a condition over branch, commit and needs; found branch = "main": /,
    ),
    'lockflight.yaml:12:18: expected artifacts to differ by name, found app.tgz twice; rename one',
    'lockflight.yaml:15:33: expected artifacts to differ by name, found lib twice; rename one',
  ])
})

test('A37 rules that never happen cannot keep the server busy, however many there are', () => {
  const freeze = (rule: string, each: number) => `  f${each}: { reason: x, when: [{ rrule: '${rule}' }] }`
  const text = (rules: string[]) => [
    'project: shop',
    'freezes:',
    ...rules.map(freeze),
    'environments: { dev: { deploy: { use: process, port: 1 } } }',
  ]
  const never = [
    'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
    'FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2',
    'FREQ=DAILY;UNTIL=19700101',
  ]
  const before = process.cpuUsage()
  const rules = Array.from({ length: 99 }, (_, each) => never[each % never.length]!)
  expect(problems(text(rules).join('\n'))).toContainEqual(expect.stringContaining('or it never happens'))
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1500)
  const many = Array.from({ length: 101 }, () => 'FREQ=DAILY')
  expect(() => read(text(many).join('\n'))).toThrow('lockflight.yaml: expected at most 100 rules with rrule, found 101')
  expect(() => read(text(many.slice(1)).join('\n'))).not.toThrow()
})
