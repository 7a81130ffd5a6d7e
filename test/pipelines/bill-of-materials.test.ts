import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { addEvidence } from '../../src/app/add-evidence.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { listEvidence } from '../../src/app/list-evidence.ts'
import { readLockfiles } from '../../src/app/read-lockfiles.ts'
import { planRelease } from '../../src/app/plan-release.ts'
import { currentReports } from '../../src/app/standing-reports.ts'
import type { Statement } from '../../src/core/attestation.ts'
import { pipelineBuildType } from '../../src/core/provenance.ts'
import type { Run } from '../../src/core/run.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'
import { builderId } from '../rig/real-app.ts'

const rig = await opened(startPipelines())

const pack = `pack: { stage: package, steps: [{ run: echo made > app }], artifacts: [{ name: app, path: app }] }`
const lockfile = JSON.stringify({
  lockfileVersion: 3,
  packages: { '': { name: 'shop' }, 'node_modules/zod': { version: '4.1.0', license: 'MIT' } },
})
const files = { 'package-lock.json': lockfile, 'tools/Cargo.lock': '# cargo' }
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The one bill that was signed about the release of a run; undefined when there is none. */
async function billOf({ release }: Run): Promise<Statement | undefined> {
  const all = await rig.app.store.read((tx) => tx.attestations.of(rig.project, release!))
  const [bill, ...more] = all.filter(({ predicateType }) => predicateType === 'https://cyclonedx.org/bom')
  expect(more).toEqual([])
  const payload = bill?.bundle.dsseEnvelope?.payload
  return payload === undefined ? undefined : (JSON.parse(Buffer.from(payload, 'base64').toString()) as Statement)
}

const reportsOf = ({ release }: Run) =>
  rig.app.store.read(async (tx) => currentReports(tx, await tx.releases.get(rig.project, release!)))

test('a release whose pipeline makes no bill of materials gets one from the lockfiles of its commit, signed about its artifacts', async () => {
  const { run } = await rig.run(pack, { files })
  const bill = await billOf(run)
  expect(bill?.subject).toEqual([{ name: 'app', digest: { sha256: sha256('made\n') } }])
  expect(bill?.predicate).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: {
      tools: { components: [{ name: 'lockflight' }] },
      component: { 'bom-ref': run.release, components: [{ name: 'app' }] },
      properties: [{ name: 'lockflight:builder', value: builderId }],
    },
    components: [
      { type: 'file', name: 'tools/Cargo.lock', hashes: [{ alg: 'SHA-256', content: sha256('# cargo') }] },
      { type: 'library', name: 'zod', version: '4.1.0', purl: 'pkg:npm/zod@4.1.0' },
    ],
  })
  const [report] = await reportsOf(run)
  expect(report).toMatchObject({ format: 'cyclonedx', job: null, run: null, by: 'lockflight@system', disbelief: null })
  expect(report?.results.components?.map(({ name, licenses }) => [name, licenses])).toEqual([
    ['tools/Cargo.lock', []],
    ['zod', ['MIT']],
  ])
})

test('its provenance names the commit and each lockfile by digest, and the bill has the time of the provenance', async () => {
  const { run } = await rig.run(pack, { files })
  const all = await rig.app.store.read((tx) => tx.attestations.of(rig.project, run.release!))
  const provenance = all.find(({ predicateType }) => predicateType === 'https://slsa.dev/provenance/v1')
  const { predicate } = JSON.parse(
    Buffer.from(provenance?.bundle.dsseEnvelope?.payload ?? '', 'base64').toString(),
  ) as Statement
  const { commit } = run.source
  const from = `git+file://${rig.repository.folder}`
  expect(predicate).toMatchObject({
    buildDefinition: {
      resolvedDependencies: [
        { uri: from, digest: { gitCommit: commit } },
        { uri: `${from}@${commit}#package-lock.json`, digest: { sha256: sha256(lockfile) } },
        { uri: `${from}@${commit}#tools/Cargo.lock`, digest: { sha256: sha256('# cargo') } },
      ],
    },
  })
  const { metadata } = (await billOf(run))!.predicate as { metadata: { timestamp: string } }
  expect(predicate['runDetails']).toMatchObject({ metadata: { finishedOn: metadata.timestamp } })
})

test('A39 what a step makes of a lockfile in its checkout changes neither bill nor provenance', async () => {
  const forging = pack.replace('echo made > app', `'echo {} > package-lock.json; echo x > yarn.lock; echo made > app'`)
  const { run } = await rig.run(forging, { files: { 'package-lock.json': lockfile } })
  const { components } = (await billOf(run))!.predicate as { components: { name: string }[] }
  expect(components.map(({ name }) => name)).toEqual(['zod'])
})

test('a pipeline that reports a bill of its own keeps the word', async () => {
  const own = JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    components: [{ type: 'library', name: 'own' }],
  })
  const jobs = `${pack.slice(0, -2)}, reports: [{ use: cyclonedx, path: bom.json }] }`
  const { run } = await rig.run(jobs, { files: { ...files, 'bom.json': own } })
  expect((await billOf(run))?.predicate).toEqual(JSON.parse(own))
  expect(await reportsOf(run)).toMatchObject([{ job: 'pack', path: 'bom.json' }])
})

test('A15 neither a lockfile nor a bill can say what keeps a run from its end', async () => {
  const license = `${'a'.repeat(299)}\u{1f600}`
  const odd = JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/zod': { version: '4.1.0', license } } })
  const { run: cut } = await rig.run(pack, { files: { 'package-lock.json': odd } })
  expect(cut).toMatchObject({ state: 'succeeded', release: expect.stringMatching(/^sha256:/) })
  const own = '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[],"annotations":[1e17]}'
  const jobs = `${pack.slice(0, -2)}, reports: [{ use: cyclonedx, path: bom.json }] }`
  const { run: huge } = await rig.run(jobs, { files: { 'bom.json': own } })
  expect(huge).toMatchObject({ state: 'succeeded', release: expect.stringMatching(/^sha256:/) })
  expect(await billOf(huge)).toBeUndefined()
  expect(await reportsOf(huge)).toMatchObject([{ job: 'pack', path: 'bom.json', disbelief: null }])
})

test('A18 one lockfile after the other is looked into only until there are many packages', async () => {
  const many = (name: string) => {
    const packages = Array.from({ length: 30_000 }, (_, index) => [`node_modules/${name}-${index}`, { version: '1' }])
    return JSON.stringify({ lockfileVersion: 3, packages: Object.fromEntries(packages) as object })
  }
  const three = { 'a/package-lock.json': many('a'), 'b/package-lock.json': many('b'), 'c/package-lock.json': many('c') }
  const commit = await rig.commit(pack, { files: three })
  const found = await readLockfiles(rig.app, { repository: rig.repository.folder, commit, branch: 'main' })
  expect(found.map(({ path, packages }) => [path, packages?.length])).toEqual([
    ['a/package-lock.json', 30_000],
    ['b/package-lock.json', 30_000],
    ['c/package-lock.json', undefined],
  ])
})

test('nobody hands in a file under the name of the bill that Lockflight made', async () => {
  const { run } = await rig.run(pack, { files })
  const content = Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}').toString('base64')
  const handIn = (path: string) =>
    addEvidence(rig.app, rig.admin, { project: rig.project, release: run.release!, files: [{ path, content }] })
  await expect(handIn('lockflight.cdx.json')).rejects.toThrow('only Lockflight calls a file so')
  await handIn('bom.json')
  const about = { project: rig.project, release: run.release! }
  const { items } = await listEvidence(rig.app, rig.admin, about)
  expect(items.filter(({ current }) => current).map(({ path }) => path)).toEqual(['bom.json', 'lockflight.cdx.json'])
})

test('a policy that wants a bill of materials, and a gate that judges licences, take the one that was made here', async () => {
  const keys = await rig.app.store.read((tx) => tx.keys.list())
  const key = keys.find(({ purpose }) => purpose === 'provenance')
  const signers = [{ key: key!.publicKey, builders: [builderId], 'build-types': [pipelineBuildType] }]
  const sources = [{ repository: rig.repository.folder, refs: ['refs/heads/main'] }]
  const predicates = ['https://cyclonedx.org/bom']
  const gates = [
    { use: 'provenance', trust: { signers, sources, predicates, 'transparency-log': false } },
    { use: 'quality', formats: ['cyclonedx'], licenses: { allow: ['MIT'] } },
  ]
  const deploy = { use: 'command', run: 'true' }
  const text = JSON.stringify({ project: rig.project, environments: { prod: { gates, deploy } } })
  await applyRevision(rig.app, rig.admin, { project: rig.project, text, file: 'lockflight.yaml', dryRun: false })
  const looked = async ({ release }: Run) => {
    const { steps } = await planRelease(rig.app, rig.admin, { project: rig.project, release: release! })
    const { passed = [], unmet = [] } = steps[0] ?? {}
    return { passed: passed.map(({ id }) => id), unmet: unmet.map(({ id, reason }) => [id, reason]) }
  }
  const { run: known } = await rig.run(pack, { files: { 'package-lock.json': lockfile } })
  expect(await looked(known)).toMatchObject({ passed: expect.arrayContaining(['provenance', 'quality']), unmet: [] })
  const { run: unread } = await rig.run(pack, { files })
  expect(await looked(unread)).toMatchObject({
    passed: expect.arrayContaining(['provenance']),
    unmet: [['quality', expect.stringContaining('tools/Cargo.lock@ (none)')]],
  })
  const { run: nothing } = await rig.run(pack)
  expect(await looked(nothing)).toMatchObject({
    unmet: [['quality', expect.stringContaining('the report lists no components')]],
  })
})
