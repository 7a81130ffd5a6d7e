import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { reports as formats } from '../../src/reports/index.ts'
import { startPipelines, type PipelinesRig } from '../rig/pipelines.ts'

let rig: PipelinesRig
let canary: Server
let address: string
const asked: string[] = []
beforeAll(async () => {
  rig = await startPipelines()
  canary = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('<!ENTITY leak "x">')
  })
  await new Promise<void>((ready) => canary.listen(0, '127.0.0.1', ready))
  address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}`
})
afterAll(async () => {
  await new Promise((closed) => canary.close(closed))
  await rig.stop()
})

const one = '<testcase name="a"/>'
const doctype = (subset: string, body = '<testsuite/>') => `<!DOCTYPE testsuite [${subset}]>${body}`
const laughs = Array.from({ length: 20 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`).join('')

const line = '<line number="1" hits="1"/>'
const covered = (filename: string, top = '') =>
  `${top}<coverage><packages><package><classes><class filename="${filename}"><lines>${line}</lines></class></classes></package></packages></coverage>`
const linted = (uri: string) =>
  `{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":[{"ruleId":"a","message":{"text":"a"},
  "locations":[{"physicalLocation":{"artifactLocation":{"uri":"${uri}"}}}]}]}]}`
const bill = '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","name":"a"}]}'

/** Every JUnit report of the row, by the name of the job that leaves it. */
const junitAttacks = (): Record<string, string> => ({
  'external-entity': doctype(`<!ENTITY x SYSTEM "${address}/entity">`, `<testsuite name="&x;"/>`),
  'external-dtd': `<!DOCTYPE testsuite SYSTEM "${address}/dtd"><testsuite/>`,
  'file-entity': doctype(`<!ENTITY x SYSTEM "file:///etc/passwd">`, `<testsuite><testcase name="&x;"/></testsuite>`),
  'parameter-entity': doctype(`<!ENTITY % x SYSTEM "${address}/parameter"> %x;`),
  'billion-laughs': doctype(`<!ENTITY e0 "ha">${laughs}`, '<testsuite name="&e20;"/>'),
  xinclude: `<testsuite xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${address}/include"/></testsuite>`,
  truncated: `<testsuite tests="2">${one}`,
  mismatched: '<a><b></a>',
  'more-than-said': `<testsuite tests="1">${one}${one}</testsuite>`,
  'fewer-failures': '<testsuite failures="0"><testcase name="a"><failure/></testcase></testsuite>',
  negative: `<testsuite tests="-1">${one}</testsuite>`,
  'not-a-number': `<testsuite tests="NaN">${one}</testsuite>`,
  'utf-7': '<?xml version="1.0" encoding="UTF-7"?>+ADw-testsuite/+AD4-',
  'utf-16': `<?xml version="1.0" encoding="UTF-16"?><testsuite tests="1">${one}</testsuite>`,
  empty: '',
  'no-xml': 'all tests passed',
})

/** The same for the other formats, by format and name. */
const otherAttacks = (): Record<string, string> => ({
  'cobertura-entity': covered('&x;', `<!DOCTYPE coverage [<!ENTITY x SYSTEM "${address}/cobertura">]>`),
  'cobertura-dtd': covered(
    'a',
    `<!DOCTYPE coverage SYSTEM "${address}/dtd" [<!ENTITY % x SYSTEM "${address}/p"> %x;]>`,
  ),
  'cobertura-laughs': covered('&e20;', `<!DOCTYPE coverage [<!ENTITY e0 "ha">${laughs}]>`),
  'cobertura-traversal': covered('../../etc/passwd'),
  'cobertura-absolute': covered('/etc/passwd'),
  'cobertura-truncated': covered('a').slice(0, -5),
  'cobertura-empty': '<coverage/>',
  'lcov-traversal': 'SF:../../../etc/passwd\nDA:1,1\nend_of_record\n',
  'lcov-miscounted': 'SF:a\nDA:1,1\nLF:9\nend_of_record\n',
  'sarif-traversal': linted('..%2f..%2fetc/passwd'),
  'sarif-remote': linted(`${address}/sarif`),
  'sarif-failed': '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"a"}},"results":null}]}',
  'cyclonedx-twice': bill.replace('"components"', '"bomFormat":"SPDX","components"'),
  'cyclonedx-proto': bill.replace('"components"', '"__proto__":{},"components"'),
  'spdx-truncated': '{"spdxVersion":"SPDX-2.3","packages":[',
  'osv-scanner-grouped':
    '{"results":[{"source":{"path":"a"},"packages":[{"package":{"name":"a","version":"1","ecosystem":"npm"},"vulnerabilities":[{"id":"A"}],"groups":[]}]}]}',
  'trivy-other': bill,
  'grype-deep': `{"matches":${'['.repeat(50_000)}`,
})

const formatOf = (name: string) => Object.keys(formats).find((format) => name.startsWith(`${format}-`)) ?? 'junit'

test('A16 A17 A19 a hostile report of any format fails its job, by name; nothing is fetched, nothing is read, and no release comes of it', async () => {
  const reports = { ...junitAttacks(), ...otherAttacks() }
  const jobs = Object.keys(reports).map(
    (name) =>
      `${name}: { stage: test, steps: [{ run: 'true' }], reports: [{ use: ${formatOf(name)}, path: ${name}.xml }] }`,
  )
  const pack = `pack: { stage: package, steps: [{ run: echo x > app }], artifacts: [{ name: app, path: app }] }`
  const files = Object.fromEntries(Object.entries(reports).map(([name, text]) => [`${name}.xml`, text]))
  const went = await rig.run(`${[...jobs, pack].join('\n')}\n`, { files })
  expect(went.run).toMatchObject({ state: 'failed', release: null })
  for (const name of Object.keys(reports)) {
    const { state, reason } = went.jobs[name]!
    expect({ name, state }).toEqual({ name, state: 'failed' })
    expect(reason).toContain(`report ${name}.xml`)
    expect(reason).not.toContain('root:')
  }
  expect(went.jobs['pack']).toMatchObject({ state: 'succeeded' })
  expect(asked).toEqual([])
}, 120_000)

test.each([
  ['no test at all', '<testsuites/>'],
  ['only skipped tests', '<testsuite tests="1" skipped="1"><testcase name="a"><skipped/></testcase></testsuite>'],
  ['a stylesheet from elsewhere', 'STYLE<testsuite/>'],
])('A19 a report with %s passes no gate', async (_, text) => {
  const prod = '{ gates: [{ use: quality }], deploy: { use: command, run: exit 1 } }'
  const revision = { text: `project: shop\nenvironments: { prod: ${prod} }`, file: 'lockflight.yaml', dryRun: false }
  await applyRevision(rig.app, rig.admin, { project: 'shop', ...revision })
  const report = text.replace('STYLE', `<?xml-stylesheet href="${address}/style"?>`)
  const pack = `
pack:
  stage: package
  steps: [{ run: echo ${Math.random()} > app }]
  reports: [{ use: junit, path: report.xml }]
  artifacts: [{ name: app, path: app }]
`
  const { run } = await rig.run(pack, { files: { 'report.xml': report } })
  const request = { project: 'shop', environment: 'prod', class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(rig.app, rig.admin, { ...request, release: run.release! })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({
    state: 'waiting',
    unmet: [{ id: 'quality', outcome: 'fail', reason: '0 tests ran, at least 1 must' }],
  })
  expect(asked).toEqual([])
})

test('A19 a million cases are counted, and do not count as more than they are', async () => {
  const make = `{ echo '<testsuite tests="1000000">'; seq -f '<testcase name="%.0f"/>' 1000000; echo '</testsuite>'; } > report.xml`
  const { run, jobs } = await rig.run(
    `many:\n  stage: test\n  steps: [{ run: ${JSON.stringify(make)} }]\n  reports: [{ use: junit, path: report.xml }]\n`,
  )
  expect(run).toMatchObject({ state: 'succeeded' })
  expect(jobs['many']!.reports[0]!.results.tests).toMatchObject({ total: 1_000_000, passed: 1_000_000, failed: 0 })
}, 60_000)
