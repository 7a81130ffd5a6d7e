import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFileArtifacts } from '../artifacts/file-artifacts.ts'
import { ownBillPath } from '../core/bill-of-materials.ts'
import type { Refusal } from '../core/refusal.ts'
import { evidenceTypes, receiptType } from '../core/report-statement.ts'
import { verifyBundle } from '../core/verify-bundle.ts'
import { reconcile } from '../log/reconcile.ts'
import { startApp } from '../../test/rig/app.ts'
import { addEvidence, type EvidenceFile } from './add-evidence.ts'
import type { App } from './app.ts'
import { listEvidence } from './list-evidence.ts'
import { recordsOf } from './records.ts'
import { requestPromotion } from './request-promotion.ts'

const configuration = `
project: shop
environments:
  dev:
    gates: [{ use: quality, tests: { at-least: 5 } }]
    deploy: { use: target }
`

let rig: Awaited<ReturnType<typeof startApp>>
let app: App
let folder: string
beforeAll(async () => {
  rig = await startApp(configuration)
  folder = await mkdtemp(join(tmpdir(), 'lockflight-evidence-'))
  app = { ...rig.app, artifacts: createFileArtifacts({ folder }) }
})
afterAll(async () => {
  await rig.stop()
  await rm(folder, { recursive: true })
})

const file = (path: string, text: string | object, format?: string): EvidenceFile => ({
  path,
  ...(format && { format }),
  content: Buffer.from(typeof text === 'string' ? text : JSON.stringify(text)).toString('base64'),
})
const tests = (passed: number) => `<testsuite>${'<testcase name="a"/>'.repeat(passed)}</testsuite>`
const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library', name: 'saxes' }] }
const scan = { matches: [], descriptor: { name: 'grype', version: '1' } }

const add = (release: string, ...files: EvidenceFile[]) =>
  addEvidence(app, rig.admin, { project: 'shop', release, files, root: '/srv/shop' })
/** Without the bill of materials that Lockflight has made of each release. */
const handedIn = <Reported extends { path: string }>(reports: Reported[]) =>
  reports.filter(({ path }) => path !== ownBillPath)
const list = async (release: string) =>
  handedIn((await listEvidence(app, rig.admin, { project: 'shop', release })).items)
const judged = async (release: `sha256:${string}`) =>
  handedIn(
    await app.store.read((tx) =>
      recordsOf(app, tx, { project: 'shop', environment: 'dev', promotion: 'none' }).reports(release),
    ),
  )
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('it was accepted'),
    (error: Refusal) => error,
  )

/** Past the triggers, as whoever owns the database can. */
async function tamper(text: string, values: unknown[]): Promise<void> {
  const client = await rig.pool.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(text, values)
    await client.query('commit')
  } finally {
    client.release()
  }
}

test('reports handed in are recognized, kept, signed, logged, and judged beside those of the run', async () => {
  const release = await rig.build()
  const lcov = 'SF:/srv/shop/src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n'
  const { items } = await add(
    release.version,
    file('ci/junit.xml', tests(3)),
    file('lcov.info', lcov),
    file('bom.json', bill),
    file('grype.json', scan),
  )
  expect(items.map(({ format, summary }) => [format, summary])).toEqual([
    ['junit', { tests: { total: 3, passed: 3, failed: 0, skipped: 0, flaky: 0 } }],
    ['lcov', { coverage: { lines: { covered: 1, total: 2 }, branches: null, files: 1 } }],
    ['cyclonedx', { components: 1 }],
    ['grype', { findings: { critical: 0, high: 0, medium: 0, low: 0, info: 0, unknown: 0, suppressed: 0 } }],
  ])
  const reports = await judged(release.digest)
  expect(reports.map(({ format, job, disbelief }) => `${format} ${job} ${disbelief}`).toSorted()).toEqual([
    'cyclonedx null null',
    'grype null null',
    'junit null null',
    'junit package null',
    'lcov null null',
  ])
  const coverage = reports.find(({ format }) => format === 'lcov')!
  expect(coverage.results.coverage!.files).toEqual([{ path: 'src/a.js', covered: '1', uncovered: '2' }])
  expect(Buffer.from(await app.artifacts.read(coverage.digest, 1000)).toString()).toBe(lcov)

  const entries = (await rig.entries()).filter(
    ({ type, subject }) => type === 'evidence.added' && subject === release.digest,
  )
  expect(entries.map(({ actor, data }) => [actor, data['format']])).toEqual([
    ['lockflight@system', 'junit'],
    ['lockflight@system', 'cyclonedx'],
    ...['junit', 'lcov', 'cyclonedx', 'grype'].map((format) => ['admin@local', format]),
  ])
  expect((await reconcile(rig.pool)).filter(({ kind }) => kind === 'report')).toEqual([])
})

test('each report is attested about the artifacts of the release, in the words that others know where there are some', async () => {
  const release = await rig.build()
  await add(release.digest, file('bom.json', bill), file('grype.json', scan), file('junit.xml', '<testsuites/>'))
  const [attestations, keys] = await app.store.read((tx) =>
    Promise.all([tx.attestations.of('shop', release.digest), tx.keys.list()]),
  )
  const statements = attestations.flatMap(({ bundle }) => {
    const verified = verifyBundle(bundle, keys)
    return verified.verified ? [verified.statement] : []
  })
  const types = statements.map(({ predicateType }) => predicateType)
  expect(types).toHaveLength(attestations.length)
  expect(types.filter((type) => type === receiptType)).toHaveLength(5)
  for (const type of evidenceTypes.filter((each) => !each.includes('spdx'))) expect(types).toContain(type)
  const hex = release.artifacts[0]!.digest.slice('sha256:'.length)
  for (const { subject } of statements) expect(subject).toEqual([{ name: 'shop.tar.gz', digest: { sha256: hex } }])
  const of = (type: string) =>
    statements.filter(({ predicateType }) => predicateType.includes(type)).map(({ predicate }) => predicate)
  expect(of('cyclonedx')).toContainEqual(bill)
  expect(new Set(of('test-result').map(({ result }) => result))).toEqual(new Set(['PASSED', 'WARNED']))
})

test('what is signed about a report signs no artifact', async () => {
  const release = await rig.build()
  await add(release.digest, file('junit.xml', tests(3)))
  const place = { project: 'shop', environment: 'dev', promotion: 'none' }
  const seen = await app.store.read((tx) => recordsOf(app, tx, place).attestations(release.digest))
  expect(seen.map(({ predicateType }) => predicateType)).toEqual(['https://slsa.dev/provenance/v1'])
})

test('a waiting promotion is woken by new evidence, and starts when it is enough', async () => {
  const release = await rig.build()
  const request = {
    project: 'shop',
    environment: 'dev',
    release: release.digest,
    class: 'standard',
    reason: '',
  } as const
  const { id } = await requestPromotion(app, rig.admin, request)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting', unmet: [{ id: 'quality' }] })
  await add(release.digest, file('junit.xml', tests(4)))
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
})

test('a newer report of the same format and path takes the place of an older one, which stays visible', async () => {
  const release = await rig.build()
  const failing = '<testsuite><testcase name="a"><failure/></testcase></testsuite>'
  await add(release.digest, file('junit.xml', failing))
  await add(release.digest, file('junit.xml', tests(2)))
  expect((await judged(release.digest)).filter(({ job }) => job === null)).toMatchObject([
    { results: { tests: { passed: 2, failed: 0 } } },
  ])
  expect(
    (await list(release.digest)).map(({ job, current, summary }) => [job, current, summary.tests?.failed]),
  ).toEqual([
    [null, true, 0],
    [null, false, 1],
    ['package', true, 0],
  ])
})

test('the same file again changes nothing, and after another one it does', async () => {
  const release = await rig.build()
  const count = async () => (await list(release.digest)).length
  const one = await add(release.digest, file('junit.xml', tests(1)))
  const again = await add(release.digest, file('junit.xml', tests(1)))
  expect(again.items.map(({ id }) => id)).toEqual(one.items.map(({ id }) => id))
  expect(await count()).toBe(2)
  await add(release.digest, file('junit.xml', tests(2)))
  await add(release.digest, file('junit.xml', tests(1)))
  expect(await count()).toBe(4)
  expect((await list(release.digest))[0]).toMatchObject({ current: true, summary: { tests: { passed: 1 } } })
})

test('a release that is built again has the reports of its newest run', async () => {
  const bytes = 'the same bytes'
  const built = { bytes, commit: 'c'.repeat(40) }
  const first = await rig.build({ ...built, tests: { total: 1, passed: 0, failed: 1 } })
  const second = await rig.build({ ...built, tests: { total: 7, passed: 7 } })
  expect(second.digest).toBe(first.digest)
  expect(await judged(first.digest)).toMatchObject([{ results: { tests: { passed: 7, failed: 0 } } }])
  expect((await list(first.digest)).map(({ current }) => current)).toEqual([true, false])
})

test.each([
  [
    'its results',
    `update report set results = replace(results::text, '"failed":1', '"failed":0')::json where id = $1`,
    'not what its receipt says',
  ],
  ['its job', `update report set job = 'other' where id = $1`, 'not what its receipt says'],
  ['its time', `update report set at = at + interval '1 second' where id = $1`, 'not what its receipt says'],
  ['its path', `update report set path = 'b.xml' where id = $1`, 'not what its receipt says'],
  [
    'its receipt, for another',
    `update report set receipt = (select digest from attestation where predicate_type like '%provenance%' and project = report.project and release = report.release limit 1) where id = $1`,
    'not what its receipt says',
  ],
  [
    'its receipt, which is gone',
    `delete from attestation where digest = (select receipt from report where id = $1)`,
    'receipt is gone',
  ],
  [
    'its receipt, which is changed',
    `update attestation set bundle = replace(bundle::text, '"sig":"M', '"sig":"N')::json where digest = (select receipt from report where id = $1)`,
    'receipt is another one',
  ],
])('A30 a report is not believed after someone changed %s in the database, and says so', async (_, text, words) => {
  const release = await rig.build({ tests: { total: 5, passed: 4, failed: 1 } })
  const [before] = await list(release.digest)
  expect(before).toMatchObject({ disbelief: null, summary: { tests: { failed: 1 } } })
  await tamper(text, [before!.id])
  const reports = await judged(release.digest)
  expect(reports).toMatchObject([{ results: {}, disbelief: expect.stringContaining(words) }])
})

test('A30 a report of another release with the same artifacts is not believed here', async () => {
  const bytes = 'the same in both'
  const [good, bad] = [await rig.build({ bytes }), await rig.build({ bytes, commit: 'd'.repeat(40) })]
  const [theirs] = await list(good.digest)
  await tamper(
    `insert into attestation select project, $2, digest, predicate_type, bundle, created_at
     from attestation where digest = $1`,
    [theirs!.receipt, bad.digest],
  )
  await tamper(
    `insert into report select 'copied', project, $2, format, job, run, path, digest, results, by, now(), receipt
     from report where id = $1`,
    [theirs!.id, bad.digest],
  )
  expect(await judged(bad.digest)).toMatchObject([
    { id: 'copied', results: {}, disbelief: 'it is not what its receipt says' },
  ])
})

test('A30 a report that was taken out of the database is missed by the log', async () => {
  const release = await rig.build()
  const [report] = await list(release.digest)
  await tamper('delete from report where id = $1', [report!.id])
  expect(await reconcile(rig.pool)).toContainEqual(
    expect.objectContaining({ kind: 'report', subject: report!.id, recorded: null }),
  )
})

test('reports signed with a key that was revoked since are not believed', async () => {
  const release = await rig.build()
  const [{ id } = { id: '' }] = await app.signer.keys()
  await tamper('update trusted_key set revoked_at = now() where id = $1', [id])
  const reports = await judged(release.digest)
  await tamper('update trusted_key set revoked_at = null where id = $1', [id])
  expect(reports).toMatchObject([{ results: {}, disbelief: expect.stringContaining('was revoked') }])
})

test.each<[string, EvidenceFile, string, string]>([
  ['a format that nobody knows', file('a.txt', 'all is well'), 'report_format', 'recognized none of them'],
  ['a name of no format', file('a.xml', tests(1), 'xunit'), 'report_format', 'found xunit, did you mean junit?'],
  ['another format than it is', file('a.xml', tests(1), 'cobertura'), 'report_invalid', 'found testsuite'],
  ['two formats at once', file('a.json', { ...bill, ...scan }), 'report_format', 'cyclonedx and grype'],
  ['malformed JSON', file('a.json', '{"runs": ['), 'report_invalid', 'line 1, column 11'],
  ['nothing in it', file('a.xml', ''), 'report_format', 'expected a report; it is empty'],
  ['nothing but blanks', file('a.xml', ' \n'), 'report_format', 'expected a report; it is empty'],
  ['a DTD', file('a.xml', `<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "c">]>${tests(1)}`), 'report_format', 'DTD'],
  ['a count that is wrong', file('a.xml', '<testsuite tests="2"/>'), 'report_invalid', 'declares 2 tests'],
  [
    'a path out of the repository',
    file('lcov.info', 'SF:/etc/passwd\nDA:1,1\nend_of_record'),
    'report_invalid',
    'below /srv/shop',
  ],
  ['the name of another one', file('good.xml', tests(1)), 'invalid', 'good.xml: expected each file once'],
  ['no base64', { path: 'a.xml', content: 'not base64!' }, 'invalid', 'a.xml: expected the bytes in base64'],
])('A19 a file with %s is refused by its name, and nothing is kept of the others', async (_, bad, reason, words) => {
  const release = await rig.build()
  const stored = (await readdir(folder, { recursive: true })).length
  const refusal = await refusalOf(add(release.digest, file('good.xml', tests(Math.ceil(Math.random() * 1e5))), bad))
  expect(refusal).toMatchObject({ reason })
  expect(refusal.message).toContain(words)
  expect(refusal.message.startsWith(bad.path)).toBe(true)
  expect(await list(release.digest)).toHaveLength(1)
  expect((await readdir(folder, { recursive: true })).length).toBe(stored)
})

test('more reports than gates can look at are refused, and those that replace others are not more', async () => {
  const release = await rig.build()
  const many = (count: number) => Array.from({ length: count }, (_, n) => file(`${n}.xml`, tests(1)))
  const refusal = await refusalOf(add(release.digest, ...many(1000)))
  expect(refusal).toMatchObject({ code: 'unprocessable', reason: 'too_many_reports' })
  expect(refusal.message).toContain('found 1002 that say')
  expect(await list(release.digest)).toHaveLength(1)
  await add(release.digest, ...many(3))
  await add(release.digest, ...many(3))
  expect(await list(release.digest)).toHaveLength(4)
})

test('A37 nobody makes the list of reports endless by replacing one again and again', async () => {
  const release = await rig.build()
  await add(release.version, file('scan.json', scan))
  await tamper(
    `insert into report (id, project, release, format, job, run, path, digest, results, by, at, receipt)
     select 'old', project, release, format, job, run, path, digest, to_json(repeat('x', 128 * 1024 * 1024)), by,
       at - interval '1 day', receipt from report where release = $1 and path = 'scan.json'`,
    [release.digest],
  )
  const { items } = await add(release.version, file('scan.json', scan))
  expect(items).toHaveLength(1)
  const refusal = await refusalOf(add(release.version, file('bom.json', bill)))
  expect(refusal).toMatchObject({ code: 'unprocessable', reason: 'too_many_reports' })
})

test('who may not add evidence is refused, and an unknown release is not found', async () => {
  const release = await rig.build()
  const viewer = await rig.addMember('vera', ['viewer'])
  const input = { project: 'shop', release: release.digest, files: [file('a.xml', tests(1))] }
  expect(await refusalOf(addEvidence(app, viewer, input))).toMatchObject({
    code: 'forbidden',
    reason: 'permission_missing',
  })
  expect(await refusalOf(add('99-fffffff', file('a.xml', tests(1))))).toMatchObject({ code: 'not_found' })
  const developer = await rig.addMember('dora', ['developer'])
  expect(await addEvidence(app, developer, input)).toMatchObject({ items: [{ by: 'dora@local' }] })
})
