import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { deployment, release, report, subject, worldOf, type Facts } from '../../test/rig/gate-world.ts'
import { digestOf } from '../core/digest.ts'
import { judgeAgain } from '../core/evaluate.ts'
import { readConfiguration } from '../core/read-configuration.ts'
import { configurationSchema } from '../core/configuration.ts'
import type { Report } from '../core/report.ts'
import { z } from 'zod'
import { expression } from './expression.ts'

const running = { ...release, digest: digestOf('running'), version: '6-bbbbbbb' }
const covered = (lines: number): Report => ({
  ...report(),
  digest: digestOf(`coverage ${lines}`),
  results: { coverage: { lines: { covered: lines, total: 100 }, branches: null, files: [] } },
})
const scanned: Report = {
  ...report(),
  digest: digestOf('scan'),
  results: {
    findings: (['high', 'high', 'low'] as const).map((severity, index) => ({
      rule: `rule-${index}`,
      aliases: [],
      severity,
      where: 'a',
      message: '',
      fingerprint: `${index}`,
      suppressed: index === 0 ? 'known' : null,
      fixedIn: null,
    })),
    components: [{ name: 'a', version: '1', purl: null, licenses: ['MIT'] }],
  },
}
const facts: Facts = {
  reports: [report({ passed: 9, failed: ['slow'] }), covered(81), scanned],
  runningReports: [report({ passed: 5 }), covered(80)],
  deployments: [deployment({ environment: 'prod', release: running.digest })],
  releases: [running],
}

async function judged(text: string, given: Facts = facts) {
  const config = { expression: text }
  const evidence = await expression.observe(expression.config.parse(config), subject, worldOf(given))
  return judgeAgain(expression, { config, evidence: JSON.parse(JSON.stringify(evidence)), subject })
}

test.each([
  ['lists', '[[1]]', 'size(x) > 5'],
  ['texts', '["aaaaaaaaaa"]', 'x.contains("b")'],
])('A20 A37 %s that each map() doubles are refused before they fill the memory', (_, from, question) => {
  const doubled = (times: number) => `${from}${'.map(x, x + x)'.repeat(times)}.exists(x, ${question})`
  expect(expression.config.safeParse({ expression: doubled(1) }).success).toBe(true)
  for (const text of [
    doubled(2),
    doubled(12),
    `(${from}.map(x, x + x) + []).filter(x, true).map(x, x + x).size() > 1`,
  ]) {
    const { error } = expression.config.safeParse({ expression: text })
    expect(error?.issues[0]?.message).toContain('map() goes over what map() made')
  }
})

test.each([
  'tests.failed == 1 && tests.ran == 10',
  'double(tests.failed) / double(tests.ran) <= 0.1',
  'coverage.lines > 80.5',
  'coverage.lines >= running.coverage.lines && tests.ran >= running.tests.ran',
  'findings.high == 1 && findings.critical + findings.low == 1',
  'components.licenses.all(license, license in ["MIT", "ISC"])',
  'environment == "prod" && promotion.class != "hotfix" && promotion.requestedBy.endsWith("@idp")',
  'release.branch == "main" && running.version.startsWith("6-")',
  '"app.tgz" in release.artifacts && release.artifacts["app.tgz"].startsWith("sha256:")',
  'has(running.tests.ran) && !has(coverage.branches)',
])('%s is true', async (text) => {
  expect(await judged(text)).toMatchObject({ outcome: 'pass', expected: text })
})

test('an expression that is false fails and shows every value it looked at', async () => {
  expect(
    await judged('tests.failed == 0 || coverage.lines > 90.0 || release.artifacts["app.tgz"] == environment'),
  ).toMatchObject({
    outcome: 'fail',
    reason: `it is false: tests.failed = 1, coverage.lines = 81, release.artifacts.app.tgz = "${digestOf('app')}", environment = "prod"`,
    unblock: 'whoever can change one of these',
  })
})

test('what is not there is an error and never a pass, unless it was asked for first', async () => {
  const without = { ...facts, reports: [report()], deployments: [] }
  expect(await judged('coverage.lines > 1.0', without)).toMatchObject({
    outcome: 'error',
    reason: expect.stringContaining('No such key: lines'),
    observed: 'coverage.lines is not there',
  })
  expect(await judged('!(coverage.lines < 1.0)', without)).toMatchObject({ outcome: 'error' })
  expect(await judged('!has(coverage.lines) && !has(running.version)', without)).toMatchObject({ outcome: 'pass' })
  expect(await judged('tests.ran / findings.critical == 1')).toMatchObject({ outcome: 'error' })
})

test('a report whose record is not what was signed is an error whatever is asked', async () => {
  const doubtful = { ...report(), digest: digestOf('x'), results: {}, disbelief: 'it was changed' }
  expect(await judged('true', { reports: [report(), doubtful] })).toMatchObject({ outcome: 'error' })
})

test.each([
  ['tests.fialed == 0', 'No such key: fialed'],
  ['test.failed == 0', 'Unknown variable: test'],
  ['tests.failed', 'it is a int, not true or false'],
  ['tests.failed == "0"', 'no such overload: int == string'],
  ['release.branch.matches("(a+)+$")', 'there is no matches()'],
  ['release.branch.split("a").size() == 1', 'there is no split()'],
  ['components.licenses.all(a, components.licenses.all(b, a == b))', 'all() is inside another loop'],
  ['tests.failed ==', 'Unexpected token: EOF'],
  [`${'true && '.repeat(300)}true`, 'found'],
])('%s is refused when it is applied', (text, why) => {
  const { error } = expression.config.safeParse({ expression: text })
  expect(error?.issues[0]?.message).toContain(why)
})

test('a mistake is shown at its place in lockflight.yaml', () => {
  const none = { config: z.strictObject({}) }
  const schema = configurationSchema({
    gates: { expression },
    deployers: { none },
    routers: { none },
    verifications: { none },
    reports: {},
  })
  const text = [
    'project: shop',
    'environments:',
    '  dev:',
    '    deploy: { use: none }',
    '    gates:',
    '      - use: expression',
    '        expression: tests.fialed == 0',
  ].join('\n')
  expect(() => readConfiguration(text, 'lockflight.yaml', schema)).toThrow(
    expect.objectContaining({
      problems: [{ at: 'lockflight.yaml:7:21', message: expect.stringContaining('No such key: fialed') }],
    }),
  )
})

test('A20 the slowest expressions that can be written take little of the processor', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `${'x'.repeat(90)}${index}`)
  const many: Report = {
    ...scanned,
    results: { components: names.map((name) => ({ name, version: '1', purl: null, licenses: [name] })) },
  }
  const list = 'components.licenses'
  const slow = [
    `${list}.map(a, ${Array(40).fill(list).join(' + ')}).size() == 0`,
    `${list}.all(a, ${Array(20).fill(`!(a + "y" in ${list})`).join(' && ')})`,
    `${list}.map(a, ${Array(30).fill('a.upperAscii()').join(' + ')}).exists(a, a.contains("y"))`,
  ]
  const world = { ...facts, reports: [many] }
  for (const text of slow) {
    const before = process.cpuUsage()
    expect(['pass', 'fail']).toContain((await judged(text, world)).outcome)
    expect(process.cpuUsage(before).user / 1000, text).toBeLessThan(2000)
  }
})

test('whatever is written, it is refused or it comes to an outcome', async () => {
  const parts = [
    'tests',
    '.failed',
    '.lines',
    'coverage',
    ' == ',
    ' && ',
    '0',
    '1.0',
    '"a"',
    '(',
    ')',
    'has(',
    '!',
    '[',
    ']',
    ' in ',
    'running',
    '.tests',
  ]
  const evidence = await expression.observe(expression.config.parse({ expression: 'true' }), subject, worldOf({}))
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 9 }), (words) => {
      const config = { expression: words.join('') }
      if (!expression.config.safeParse(config).success) return
      expect(['pass', 'fail', 'error']).toContain(judgeAgain(expression, { config, evidence, subject }).outcome)
    }),
    { numRuns: 300 },
  )
})
