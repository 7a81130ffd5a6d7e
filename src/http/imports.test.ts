import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { githubProvenance, otherCi, workflow, workflowCommit } from '../../test/rig/other-ci.ts'
import { startServer } from '../../test/rig/server.ts'
import type { AnyBundle } from '../core/attestation.ts'
import { digestOf, type Digest } from '../core/digest.ts'

const rig = await opened(startServer())
const ci = otherCi()
const admin = rig.clientOf(rig.adminToken)
const policy = (project: string) => `
project: ${project}
environments:
  dev: { promote: auto, deploy: { use: target } }
  prod:
    after: [dev]
    gates: [${JSON.stringify({ use: 'provenance', trust: ci.trust() })}]
    deploy: { use: target }
`
for (const project of ['shop', 'vault']) await admin.applyRevision({ project, text: policy(project) })

/** A file nobody else has, uploaded. */
async function uploaded(name: string, text: string, project = 'shop') {
  const digest = digestOf(text)
  expect(await put(digest, text, { project })).toMatchObject({ status: 200, body: { digest } })
  return { name, digest }
}

function put(digest: string, body: string, { project = 'shop', token = rig.adminToken, headers = {} } = {}) {
  return fetch(`${rig.url}/api/v1/projects/${project}/uploads/${encodeURIComponent(digest)}`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream', ...headers },
  }).then(async (answer) => ({ status: answer.status, body: (await answer.json()) as Record<string, unknown> }))
}

type Given = { bundles?: (AnyBundle | string)[]; project?: string } & Record<string, unknown>

function bringIn(artifacts: { name: string; digest: Digest }[], { bundles, project = 'shop', ...more }: Given = {}) {
  const signed = bundles ?? [ci.attest(githubProvenance(artifacts))]
  const texts = signed.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
  return admin.importRelease({ project, artifacts, bundles: texts, ...more })
}

test('files with their provenance become a release from where the provenance says, which goes on its way like any other', async () => {
  const files = [await uploaded('app.tgz', 'app 1'), await uploaded('web.tgz', 'web 1')]
  const release = await bringIn(files)
  expect(release).toMatchObject({
    source: { repository: workflow.repository, commit: workflowCommit, branch: 'main' },
    artifacts: files.map((file) => ({ ...file, sizeBytes: 5 })),
    configurationDigest: null,
    run: null,
    version: expect.stringMatching(/^ci-ccccccc-[0-9a-f]{7}$/),
  })
  const { items } = await admin.listPromotions({ project: 'shop', environment: 'dev' })
  expect(items).toMatchObject([{ release: release.digest, requestedBy: 'lockflight@system' }])
  const entry = (await rig.logged()).find(({ type }) => type === 'release.imported')
  expect(entry).toMatchObject({ subject: release.digest, data: { version: release.version, source: release.source } })
  await rig.drain()
  const { id } = await admin.requestPromotion({ project: 'shop', environment: 'prod', release: release.digest })
  await rig.drain()
  const { passed } = await admin.explainPromotion({ project: 'shop', id })
  expect(passed.find((each) => each.id === 'provenance')?.reason).toContain(`signed by ${ci.id}`)
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
})

test('the same release again is the same release, and gets what is new about it', async () => {
  const files = [await uploaded('app.tgz', 'app again')]
  const stranger = otherCi().attest(githubProvenance(files))
  const first = await bringIn(files, { bundles: [stranger] })
  await rig.drain()
  const { id } = await admin.requestPromotion({ project: 'shop', environment: 'prod', release: first.digest })
  await rig.drain()
  const { unmet } = await admin.explainPromotion({ project: 'shop', id })
  expect(unmet).toMatchObject([{ reason: expect.stringContaining('signature.key-unknown') }])
  const good = ci.attest(githubProvenance(files))
  expect(await bringIn(files, { bundles: [stranger, good], version: 'other' })).toEqual(first)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  expect(await bringIn(files, { bundles: [stranger, good] })).toEqual(first)
  const about = (await rig.logged()).filter(({ subject }) => subject === first.digest).map(({ type }) => type)
  expect(about).toEqual(['release.imported', 'release.attested'])
  const { attestations } = await admin.getRelease({ project: 'shop', release: first.digest })
  expect(attestations.map(({ bundle }) => bundle)).toEqual(expect.arrayContaining([stranger, good]))
})

test('bundles may come one a line, or as GitHub and npm list them, and a signature of the file itself is enough with a source', async () => {
  const files = [await uploaded('app.tgz', 'app listed')]
  const bundle = ci.attest(githubProvenance(files))
  const blob = ci.signBlob(Buffer.from('app listed'))
  const listed = [
    [JSON.stringify({ attestations: [{ bundle, repository_id: 42 }, { bundle: blob }] })],
    [`${JSON.stringify(bundle)}\n${JSON.stringify(blob)}\n`],
    [JSON.stringify(bundle, null, 2), JSON.stringify(blob)],
  ]
  const releases = []
  for (const bundles of listed) releases.push(await bringIn(files, { bundles }))
  expect(new Set(releases.map(({ digest }) => digest)).size).toBe(1)
  const { attestations } = await admin.getRelease({ project: 'shop', release: releases[0]!.digest })
  expect(attestations.map(({ predicateType }) => predicateType ?? 'none').toSorted()).toEqual([
    'https://slsa.dev/provenance/v1',
    'none',
  ])
  const signed = [await uploaded('tool', 'signed only')]
  const bundles = [ci.signBlob(Buffer.from('signed only'))]
  await expect(bringIn(signed, { bundles })).rejects.toMatchObject({ reason: 'provenance.source' })
  const source = { repository: 'https://git.example/tool', commit: 'd'.repeat(40) }
  expect(await bringIn(signed, { bundles, ...source, version: 'v1.0.0' })).toMatchObject({
    version: 'v1.0.0',
    source: { ...source, branch: null },
  })
})

const file = await uploaded('app.tgz', 'app refused')
const good = ci.attest(githubProvenance([file]))
const text = JSON.stringify(good)
const other = githubProvenance([{ name: 'app.tgz', digest: digestOf('other') }])
const digested = (digest: object) =>
  ci.attest({ ...other, subject: [{ name: 'app.tgz', digest: digest as { sha256: string } }] })
const hex = file.digest.slice('sha256:'.length)

test.each<[string, string, Given]>([
  ['A11 a bundle about another file', 'provenance.subject', { bundles: [good, ci.attest(other)] }],
  [
    'A11 a bundle about many files without this one',
    'provenance.subject',
    { bundles: [ci.attest(githubProvenance(['a', 'b', 'c'].map((name) => ({ name, digest: digestOf(name) }))))] },
  ],
  ['A11 a bundle about nothing', 'statement.malformed', { bundles: [ci.attest({ ...other, subject: [] })] }],
  ['A11 a subject by SHA-1 only', 'provenance.subject', { bundles: [digested({ sha1: hex })] }],
  ['A11 a digest in capital letters', 'provenance.subject', { bundles: [digested({ sha256: hex.toUpperCase() })] }],
  ['A11 a digest that is too long', 'provenance.subject', { bundles: [digested({ sha256: hex + hex })] }],
  ['A11 a signature of another file', 'provenance.subject', { bundles: [ci.signBlob(Buffer.from('x'))] }],
  ['A12 another commit than the provenance says', 'provenance.source', { commit: 'd'.repeat(40) }],
  ['A12 another repository', 'provenance.source', { repository: 'https://github.com/acme/shop.git' }],
  ['A12 another branch', 'provenance.source', { branch: 'release' }],
  [
    'A12 two provenances that contradict each other',
    'provenance.source',
    { bundles: [good, ci.attest(githubProvenance([file], { commit: 'd'.repeat(40) }))] },
  ],
  [
    'A14 no statement in the envelope',
    'statement.malformed',
    { bundles: [text.replace(good.dsseEnvelope!.payload, 'e30=')] },
  ],
  ['A15 duplicate keys', 'bundle.malformed', { bundles: [text.replace('{', '{"mediaType":"x",')] }],
  [
    'A15 a list with duplicate keys',
    'bundle.malformed',
    { bundles: [`{"attestations":[],"attestations":[{"bundle":${text}}]}`] },
  ],
  ['A15 __proto__', 'bundle.malformed', { bundles: [text.replace('{', '{"__proto__":{},')] }],
  ['A15 an unknown key', 'bundle.malformed', { bundles: [text.replace('{', '{"extra":1,')] }],
  ['A15 a byte order mark', 'bundle.malformed', { bundles: [`\uFEFF${text}`] }],
  ['A15 too many levels', 'bundle.malformed', { bundles: ['['.repeat(100_000)] }],
  ['an empty list', 'bundle.malformed', { bundles: ['{"attestations":[]}'] }],
  [
    'a list of addresses',
    'bundle.malformed',
    { bundles: ['{"attestations":[{"bundle":null,"bundle_url":"https://x"}]}'] },
  ],
  ['A18 thousands of bundles in one list', 'bundle.malformed', { bundles: [JSON.stringify(Array(5000).fill(good))] }],
  [
    'A18 more bundles than there may be, in several lists',
    'too_large',
    { bundles: [1, 2, 3].map(() => JSON.stringify(Array(100).fill(good))) },
  ],
  ['no bundle at all', 'input_invalid', { bundles: [] }],
  ['a version as runs here get it', 'input_invalid', { version: '7-abcdef0' }],
])('%s is refused with %s, and nothing has changed', async (_, reason, given) => {
  const before = await rig.state()
  await expect(bringIn([file], given)).rejects.toMatchObject({ reason })
  expect(await rig.state()).toBe(before)
})

test('what cannot be read is named by its number, with what is wrong in it', async () => {
  const [first] = good.dsseEnvelope!.signatures as object[]
  const envelope = { ...good.dsseEnvelope, signatures: [first, first] }
  const two = JSON.stringify({ ...good, dsseEnvelope: envelope })
  await expect(bringIn([file], { bundles: [good, two] })).rejects.toMatchObject({
    message: expect.stringMatching(/^bundle 2 of 2: .*expected one signature in a bundle, found 2$/) as string,
  })
  await expect(bringIn([file], { bundles: ['{}'] })).rejects.toMatchObject({
    message: expect.stringMatching(/^the bundle: .*: mediaType, /) as string,
  })
})

test('A03 A10 a version stays with the bytes that it was given to', async () => {
  const first = await uploaded('app.tgz', 'first of a version')
  const second = await uploaded('app.tgz', 'second of a version')
  await bringIn([first], { version: 'v2.0.0' })
  await expect(bringIn([second], { version: 'v2.0.0' })).rejects.toMatchObject({ reason: 'release_version' })
})

test('A09 what one project has uploaded is not there for another that knows its digest', async () => {
  const secret = await uploaded('vault.tgz', 'kept by the vault', 'vault')
  await expect(bringIn([secret])).rejects.toMatchObject({ code: 'not_found' })
  const { token } = await rig.login('stranger', [])
  expect(await put(secret.digest, 'kept by the vault', { token })).toMatchObject({ status: 404 })
  expect(await bringIn([secret], { project: 'vault' })).toMatchObject({ project: 'vault' })
})

test('A02 whoever may not import can neither upload nor import, and it is written down once', async () => {
  const { actor, token } = await rig.login('viewer', ['viewer'])
  expect(await put(file.digest, 'app refused', { token })).toMatchObject({
    status: 403,
    body: { reason: 'permission_missing' },
  })
  const denied = (await rig.logged()).filter((entry) => entry.type === 'access.denied' && entry.actor === actor.id)
  expect(denied).toMatchObject([{ subject: 'uploadArtifact', data: { permission: 'release.import' } }])
  expect((await rig.ask({ method: 'POST', path: '/api/v1/projects/shop/uploads/sha256:00', token })).status).toBe(400)
})

test('A11 A18 an upload that is not the file it says, is packed or too large, leaves nothing behind', async () => {
  const before = await rig.state()
  const files = (await readdir(rig.folder, { recursive: true })).toSorted()
  const wrong = digestOf('what it should be')
  expect(await put(wrong, 'what it is')).toMatchObject({ status: 422, body: { reason: 'artifact_digest' } })
  expect(await put(wrong, 'x', { headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 415 })
  expect(await put(wrong, 'x', { headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 })
  expect(await put('sha256:xyz', 'x')).toMatchObject({ status: 400 })
  const announced = { 'content-length': String(5 * 1024 ** 4), 'content-type': 'application/octet-stream' }
  const path = `/api/v1/projects/shop/uploads/${wrong}`
  expect((await rig.ask({ method: 'POST', path, token: rig.adminToken, headers: announced })).status).toBe(413)
  expect(await rig.state()).toBe(before)
  expect((await readdir(rig.folder, { recursive: true })).toSorted()).toEqual(files)
})

test('anyone with a token may ask what a policy would say of a file, and nothing is stored', async () => {
  const { token } = await rig.login('asker', [])
  const asker = rig.clientOf(token)
  const before = await rig.state()
  const ask = (trust: object, bundles = [text]) =>
    asker.verifyArtifact({ artifact: file.digest, bundles, policy: JSON.stringify(trust) })
  expect(await ask(ci.trust())).toMatchObject({ verdict: 'accepted', reason: null, signers: [ci.id] })
  expect(await ask(ci.trust({ source: { refs: ['refs/heads/x'] } }))).toMatchObject({
    verdict: 'refused',
    reason: 'provenance.source',
    detail: expect.stringContaining('refs/heads/main'),
  })
  expect(await ask(ci.trust(), ['{"mediaType":1,"mediaType":2}'])).toMatchObject({ reason: 'bundle.malformed' })
  expect(await ask(ci.trust(), [JSON.stringify(ci.attest(other))])).toMatchObject({ reason: 'provenance.subject' })
  await expect(ask({ signers: [] })).rejects.toMatchObject({ code: 'invalid' })
  const unfilled = ci.trust({ policy: { roots: [{ 'root-file': 'root.json' }] } })
  await expect(ask(unfilled)).rejects.toMatchObject({ code: 'invalid' })
  const replies = /"name":"reply","digest":"[0-9a-f]*"/
  expect((await rig.state()).replace(replies, '')).toBe(before.replace(replies, ''))
})

test('A18 nobody makes a release ever larger by handing in one bundle after the other', async () => {
  const files = [await uploaded('app.tgz', 'app that grows')]
  const { digest } = await bringIn(files)
  const size = 64 * 1024 * 1024
  await rig.pool.query(
    `insert into attestation (project, release, digest, predicate_type, bundle, created_at)
     values ('shop', $1, $2, null, json_build_object('is', repeat('x', $3)), now())`,
    [digest, digestOf('of another day'), size],
  )
  await expect(bringIn(files)).rejects.toMatchObject({ code: 'too_large' })
  const parameters = { input: 'x'.repeat(65_536) }
  const wordy = { bundles: [ci.attest(githubProvenance(files, { parameters }))] }
  await expect(bringIn(files, wordy)).rejects.toMatchObject({ reason: 'provenance.predicate' })
})

test('A18 nothing is said of more bundles than there may be, however they come', async () => {
  const list = JSON.stringify(Array(67).fill(ci.signBlob(Buffer.from('another file'))))
  const ask = (bundles: string[]) =>
    admin.verifyArtifact({ artifact: file.digest, bundles, policy: JSON.stringify(ci.trust()) })
  expect(await ask([list, list])).toMatchObject({ reason: 'provenance.subject' })
  expect(await ask([list, list, list])).toMatchObject({
    reason: 'bundle.malformed',
    detail: 'expected at most 200 bundles, found 201',
  })
})

test('the log tells of every imported release what the tables say', async () => {
  const { items } = await admin.listDiscrepancies({})
  expect(items.filter(({ kind }) => kind === 'release')).toEqual([])
})
