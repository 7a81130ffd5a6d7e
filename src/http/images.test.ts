import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { attestedByKey, createSigstore, keyless, signedByKey, simplePayload } from '../../test/rig/cosign.ts'
import { opened } from '../../test/rig/opened.ts'
import { githubProvenance, otherCi, workflow, workflowCommit } from '../../test/rig/other-ci.ts'
import { pusher, robot, startRegistry } from '../../test/rig/registry.ts'
import { startServer } from '../../test/rig/server.ts'
import { attachSummaries } from '../app/attach-summaries.ts'
import { requeueMissing } from '../app/requeue-missing.ts'
import { digestOf } from '../core/digest.ts'
import { imageText, type Image } from '../core/image.ts'
import { summaryType } from '../core/verification-summary.ts'

const rig = await opened(startServer())
const admin = rig.clientOf(rig.adminToken)
const ci = otherCi()
const cosign = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const cosignKey = cosign.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const source = { repository: 'https://git.example/shop', commit: 'd'.repeat(40) }
const basic = { authorization: `Basic ${Buffer.from(`${robot.username}:${robot.password}`).toString('base64')}` }

let open: Awaited<ReturnType<typeof startRegistry>>
let locked: Awaited<ReturnType<typeof startRegistry>>
let sigstore: Awaited<ReturnType<typeof createSigstore>>
beforeAll(async () => {
  ;[open, locked, sigstore] = await Promise.all([startRegistry(), startRegistry('password'), createSigstore()])
  const trust = ci.trust()
  const [signer] = trust.signers
  const builds = { ...trust, signers: [signer, { ...signer, key: cosignKey }] }
  const by = [{ key: cosignKey }, { key: ci.pem }, keyless]
  const roots = ['public-good', { root: sigstore.root }]
  const environment = (gate: object) => ({ gates: [gate], deploy: { use: 'target' } })
  const text = JSON.stringify({
    project: 'shop',
    registries: {
      [open.host]: { attach: true },
      [locked.host]: { username: robot.username, password: 'REGISTRY_PASSWORD', attach: true },
    },
    environments: {
      built: environment({ use: 'provenance', trust: { ...builds, roots } }),
      signed: environment({ use: 'signature', by, roots, 'transparency-log': false }),
    },
  })
  await admin.applyRevision({ project: 'shop', text })
  await admin.setSecret({ project: 'shop', name: 'REGISTRY_PASSWORD', value: robot.password })
})
afterAll(() => Promise.all([open.stop(), locked.stop()]))

const bringIn = (image: Image, more: object = {}) =>
  admin.importRelease({ project: 'shop', images: [imageText(image)], ...more })

async function promote(release: { digest: `sha256:${string}` }, environment: string) {
  const { id } = await admin.requestPromotion({ project: 'shop', environment, release: release.digest })
  await rig.drain()
  const { passed, unmet } = await admin.explainPromotion({ project: 'shop', id })
  return { state: (await rig.promotion(id)).state, reason: (unmet[0] ?? passed[0])?.reason }
}

const tag = ({ digest }: Image, ending: string) => `${digest.replace(':', '-')}${ending}`

test('an image comes in by digest with the bundles that refer to it, and the gates judge it as they judge files', async () => {
  const push = pusher(open.host, 'team/shop')
  const image = await push.image('one')
  const provenance = ci.attest(githubProvenance([{ name: `${open.host}/team/shop`, digest: image.digest }]))
  await push.refer(image, [provenance])
  const release = await bringIn(image, { version: 'v1.0.0' })
  expect(release).toMatchObject({
    version: 'v1.0.0',
    source: { repository: workflow.repository, commit: workflowCommit, branch: 'main' },
    artifacts: [{ name: 'shop', digest: image.digest, image: `${open.host}/team/shop` }],
    ignored: [],
  })
  const { attestations } = await admin.getRelease({ project: 'shop', release: release.digest })
  expect(attestations.map(({ bundle }) => bundle)).toEqual([provenance])
  expect(await promote(release, 'built')).toMatchObject({ state: 'succeeded' })
  const entry = (await rig.logged()).find(({ subject }) => subject === release.digest)
  expect(entry).toMatchObject({ type: 'release.imported', data: { artifacts: release.artifacts } })
  const file = await rig.ask({
    path: `/api/v1/projects/shop/releases/${release.digest}/artifacts/shop`,
    token: rig.adminToken,
  })
  expect(digestOf(file.text)).toBe(image.digest)
})

test('what older versions of cosign keep under tags is taken in, by key and by certificate', async () => {
  const push = pusher(locked.host, 'old', basic)
  const image = await push.image('two')
  const statement = githubProvenance([{ name: 'shop', digest: image.digest }])
  await push.artifact([signedByKey(simplePayload(image.digest), cosign.privateKey)], { tag: tag(image, '.sig') })
  const first = await bringIn(image, source)
  expect(await promote(first, 'signed')).toMatchObject({
    state: 'succeeded',
    reason: expect.stringContaining('signed by'),
  })
  expect(await promote(first, 'built')).toMatchObject({ state: 'waiting' })
  await push.artifact([attestedByKey(statement, cosign.privateKey)], { tag: tag(image, '.att') })
  const built = await bringIn(image)
  expect(await promote(built, 'built')).toMatchObject({ state: 'succeeded' })

  const other = await push.image('three')
  const layer = await sigstore.signed(simplePayload(other.digest), { timestamp: true })
  await push.artifact([layer], { tag: tag(other, '.sig') })
  const { state, reason } = await promote(await bringIn(other, source), 'signed')
  expect({ state, reason }).toMatchObject({ state: 'succeeded', reason: expect.stringContaining(keyless.identity) })
})

test('the same image again gets what is new about it, and nothing twice', async () => {
  const push = pusher(open.host, 'again')
  const image = await push.image('four')
  const stranger = otherCi().attest(githubProvenance([{ name: 'x', digest: image.digest }]))
  const good = ci.attest(githubProvenance([{ name: 'x', digest: image.digest }]))
  await push.refer(image, [stranger])
  const first = await bringIn(image)
  expect(await promote(first, 'built')).toMatchObject({ state: 'waiting' })
  await push.refer(image, [stranger, good])
  expect((await bringIn(image)).digest).toBe(first.digest)
  expect((await bringIn(image, { bundles: [JSON.stringify(good)] })).digest).toBe(first.digest)
  await rig.drain()
  const about = (await rig.logged()).filter(({ subject }) => subject === first.digest).map(({ type }) => type)
  expect(about).toEqual(['release.imported', 'release.attested'])
})

test('A11 what is attached and says nothing about the image is left out and told; alone it lets nothing in', async () => {
  const push = pusher(open.host, 'garbage')
  const [image, other] = [await push.image('five'), await push.image('six')]
  const about = (digest: Image['digest']) => ci.attest(githubProvenance([{ name: 'x', digest }]))
  await push.refer(image, [{ no: 'bundle' }, about(other.digest)])
  const moved = signedByKey(simplePayload(other.digest), cosign.privateKey)
  await push.artifact([moved], { tag: tag(image, '.sig') })
  const before = await rig.state()
  await expect(bringIn(image, source)).rejects.toMatchObject({ code: 'unprocessable', reason: 'bundle.malformed' })
  expect(await rig.state()).toBe(before)
  await push.refer(image, [{ no: 'bundle' }, about(other.digest), about(image.digest)])
  const { ignored, digest } = await bringIn(image)
  expect(ignored).toMatchObject([
    { reason: 'bundle.malformed', digest: digestOf('{"no":"bundle"}') },
    { reason: 'provenance.subject' },
    { reason: 'provenance.subject', digest: digestOf(simplePayload(other.digest)) },
  ])
  expect((await admin.getRelease({ project: 'shop', release: digest })).attestations).toHaveLength(1)
})

const nowhere = digestOf('nowhere')
test.each<[string, string, () => string]>([
  ['A10 a tag', 'input_invalid', () => `${open.host}/team/shop:latest`],
  ['A10 a tag beside a digest', 'input_invalid', () => `${open.host}/team/shop:latest@${nowhere}`],
  ['A22 a registry that the project does not name', 'registry.closed', () => `127.0.0.1:1/team/shop@${nowhere}`],
  ['A22 a metadata service as registry', 'registry.closed', () => `169.254.169.254/team/shop@${nowhere}`],
  ['an image that is not there', 'image.unknown', () => `${open.host}/team/shop@${nowhere}`],
])('%s is refused with %s, and nothing has changed', async (_, reason, reference) => {
  const before = await rig.state()
  const refused = admin.importRelease({ project: 'shop', images: [reference()], ...source })
  await expect(refused).rejects.toMatchObject({ reason })
  expect(await rig.state()).toBe(before)
})

test('an image that nobody has signed is refused, with what was looked for', async () => {
  const image = await pusher(open.host, 'unsigned').image('seven')
  await expect(bringIn(image, source)).rejects.toMatchObject({
    reason: 'provenance.missing',
    message: expect.stringContaining('no referrer with a bundle, and no tag of cosign'),
  })
})

test('files and images are one release together, each with what was signed about it', async () => {
  const push = pusher(open.host, 'both')
  const image = await push.image('eight')
  await push.refer(image, [ci.attest(githubProvenance([{ name: 'x', digest: image.digest }]))])
  const digest = digestOf('a file')
  const headers = { authorization: `Bearer ${rig.adminToken}`, 'content-type': 'application/octet-stream' }
  await fetch(`${rig.url}/api/v1/projects/shop/uploads/${digest}`, { method: 'POST', body: 'a file', headers })
  const bundles = [JSON.stringify(ci.attest(githubProvenance([{ name: 'app', digest }])))]
  const release = await bringIn(image, { artifacts: [{ name: 'app', digest }], bundles })
  expect(release.artifacts.map(({ name }) => name)).toEqual(['app', 'both'])
  expect(await promote(release, 'built')).toMatchObject({ state: 'succeeded' })
  const twice = bringIn(image, { artifacts: [{ name: 'both', digest }], bundles })
  await expect(twice).rejects.toThrow('expected artifacts with different names, found both twice')
})

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

test('the signed summary of a promotion that succeeded is put beside the image, once, and told', async () => {
  const push = pusher(open.host, 'attached')
  const image = await push.image('nine')
  await push.refer(image, [ci.attest(githubProvenance([{ name: 'x', digest: image.digest }]))])
  const release = await bringIn(image)
  expect(await promote(release, 'built')).toMatchObject({ state: 'succeeded' })
  const { attached, attestations } = await admin.getRelease({ project: 'shop', release: release.digest })
  const summary = attestations.find(({ predicateType }) => predicateType === summaryType)
  const ended = { image: imageText(image), summary: summary?.digest, problem: '', endedAt: expect.any(Date) }
  expect(attached).toMatchObject([ended])
  const listed = await push.read(tag(image, ''))
  expect(listed?.manifests).toHaveLength(2)
  expect(listed?.manifests?.[1]).toMatchObject({ digest: attached[0]?.referrer, artifactType: bundleType })
  const referrer = await push.read(attached[0]?.referrer ?? '')
  expect(referrer).toMatchObject({
    subject: { digest: image.digest },
    layers: [{ mediaType: bundleType, digest: summary?.digest }],
    annotations: { 'dev.sigstore.bundle.predicateType': summaryType },
  })
  expect(JSON.parse(await push.readBlob(summary?.digest ?? ''))).toEqual(summary?.bundle)
  const about = (await rig.logged()).filter(({ subject }) => subject === attached[0]?.promotion)
  expect(about.at(-1)).toMatchObject({ type: 'summary.attached', data: { referrer: attached[0]?.referrer } })

  const before = await rig.state()
  await attachSummaries(rig.app, { verb: 'attach-summaries', project: 'shop', image: imageText(image) })
  expect(await rig.state()).toBe(before)
  expect(await bringIn(image)).toMatchObject({ digest: release.digest, ignored: [] })
  const again = await admin.getRelease({ project: 'shop', release: release.digest })
  expect(again.attestations).toHaveLength(attestations.length)
})

test('what the registry does not take yet is tried again later, and found when its job was lost', async () => {
  const push = pusher(locked.host, 'later', basic)
  const image = await push.image('ten')
  await push.refer(image, [ci.attest(githubProvenance([{ name: 'x', digest: image.digest }]))])
  const release = await bringIn(image)
  const secret = { project: 'shop', name: 'REGISTRY_PASSWORD' }
  await admin.setSecret({ ...secret, value: 'not-the-password' })
  expect(await promote(release, 'built')).toMatchObject({ state: 'succeeded' })
  const seen = async () => (await admin.getRelease({ project: 'shop', release: release.digest })).attached
  expect(await seen()).toMatchObject([
    { endedAt: null, problem: expect.stringContaining('does not let robot do this') },
  ])
  const job = { verb: 'attach-summaries' as const, project: 'shop', image: imageText(image) }
  expect(rig.jobs).toContainEqual({ ...job, at: expect.any(Date) })
  rig.jobs.splice(0)
  await admin.setSecret({ ...secret, value: robot.password })
  expect(await requeueMissing(rig.app, { missing: async (jobs) => jobs })).toContainEqual(job)
  await rig.drain()
  expect(await seen()).toMatchObject([{ endedAt: expect.any(Date), problem: '', referrer: expect.any(String) }])
  expect((await push.read(tag(image, '')))?.manifests).toHaveLength(2)
})

test('what is not wanted any more, or was not taken for a week, is given up and told', async () => {
  const push = pusher(locked.host, 'never', basic)
  const image = await push.image('eleven')
  await push.refer(image, [ci.attest(githubProvenance([{ name: 'x', digest: image.digest }]))])
  const release = await bringIn(image)
  await admin.setSecret({ project: 'shop', name: 'REGISTRY_PASSWORD', value: 'not-the-password' })
  await promote(release, 'built')
  await rig.pool.query(`update attachment set wanted_at = now() - interval '8 days' where ended_at is null`)
  await attachSummaries(rig.app, { verb: 'attach-summaries', project: 'shop', image: imageText(image) })
  await admin.setSecret({ project: 'shop', name: 'REGISTRY_PASSWORD', value: robot.password })
  const { attached } = await admin.getRelease({ project: 'shop', release: release.digest })
  expect(attached).toMatchObject([{ endedAt: expect.any(Date), referrer: null }])
  const told = (await rig.logged()).find(({ type }) => type === 'summary.given-up')
  expect(told).toMatchObject({ subject: attached[0]?.promotion, data: { reason: attached[0]?.problem } })
})

test('A21 the password of a registry is in no table and no entry', async () => {
  const { rows } = await rig.pool.query<{ text: string }>(
    `select query_to_xml('select * from ' || quote_ident(table_name), true, false, '')::text as text
     from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const everything = rows.map(({ text }) => text).join('\n')
  expect(everything).toContain(locked.host)
  for (const secret of [robot.password, 'not-the-password', basic.authorization.slice(6)])
    expect(everything).not.toContain(secret)
})

test('the log tells of every imported image what the tables say', async () => {
  const { items } = await admin.listDiscrepancies({})
  expect(items.filter(({ kind }) => kind === 'release' || kind === 'attachment')).toEqual([])
})
