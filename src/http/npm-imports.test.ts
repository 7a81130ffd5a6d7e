import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { startKeyless } from '../../test/rig/keyless.ts'
import { opened } from '../../test/rig/opened.ts'
import { githubProvenance, otherCi, workflow } from '../../test/rig/other-ci.ts'
import { startServer } from '../../test/rig/server.ts'
import type { Statement } from '../core/attestation.ts'
import { digestOf } from '../core/digest.ts'

const rig = await opened(startServer())
const ci = await opened(startKeyless())
const registry = otherCi()
const admin = rig.clientOf(rig.adminToken)

const published = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1'
await admin.applyRevision({
  project: 'shop',
  text: stringify({
    project: 'shop',
    environments: { prod: { gates: [{ use: 'provenance', trust: ci.trust }], deploy: { use: 'target' } } },
  }),
})

const sha512Of = (text: string) => createHash('sha512').update(text).digest('hex')

/** What npm calls a tarball: by package URL and SHA-512, and by nothing else. */
function about(digest: Record<string, string>, of: Statement): Statement {
  return { ...of, subject: [{ name: 'pkg:npm/%40acme/shop@1.4.2', digest: digest as { sha256: string } }] }
}

/** What the registry answers at `/-/npm/v1/attestations/<name>@<version>`. */
async function attestationsOf(digest: Record<string, string>): Promise<string> {
  const statements = [about(digest, { ...githubProvenance([]), predicateType: published, predicate: {} })]
  const provenance = about(digest, githubProvenance([]))
  return JSON.stringify({
    attestations: [
      ...statements.map((each) => ({ predicateType: published, bundle: registry.attest(each) })),
      { predicateType: provenance.predicateType, bundle: await ci.sign(provenance) },
    ],
  })
}

async function uploaded(text: string) {
  const digest = digestOf(text)
  const headers = { authorization: `Bearer ${rig.adminToken}`, 'content-type': 'application/octet-stream' }
  const place = `${rig.url}/api/v1/projects/shop/uploads/${encodeURIComponent(digest)}`
  expect((await fetch(place, { method: 'POST', body: text, headers })).status).toBe(200)
  return { name: 'shop-1.4.2.tgz', digest }
}

test('a tarball with what npm says of it by SHA-512 alone is let in by its provenance', async () => {
  const artifacts = [await uploaded('tarball')]
  const bundles = [await attestationsOf({ sha512: sha512Of('tarball') })]
  const release = await admin.importRelease({ project: 'shop', artifacts, images: [], bundles })
  expect(release).toMatchObject({ artifacts: [{ ...artifacts[0], sha512: sha512Of('tarball') }] })
  const { id } = await admin.requestPromotion({ project: 'shop', environment: 'prod', release: release.digest })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  const entry = (await rig.logged()).find(({ type }) => type === 'release.imported')
  expect(entry?.data).toMatchObject({ artifacts: [{ sha512: sha512Of('tarball') }] })
})

test('the SHA-512 is no part of what a release is', async () => {
  const [artifact] = [await uploaded('tarball')]
  const source = { repository: workflow.repository, commit: 'c'.repeat(40), branch: 'main' }
  const bundles = [JSON.stringify(registry.signBlob(Buffer.from('tarball')))]
  const first = await admin.importRelease({ project: 'shop', artifacts: [artifact], images: [], bundles, ...source })
  expect(first.artifacts).toMatchObject([{ sha512: sha512Of('tarball') }])
  const { items } = await admin.listReleases({ project: 'shop' })
  expect(items.map(({ digest }) => digest)).toEqual([first.digest])
})

test.each([
  ['of another file', { sha512: sha512Of('other') }],
  ['of this file in capital letters', { sha512: sha512Of('refused').toUpperCase() }],
  ['of this file under the name of SHA-256', { sha256: sha512Of('refused') }],
  ['of this file beside the SHA-256 of another', { sha512: sha512Of('refused'), sha256: digestOf('other').slice(7) }],
  [
    'of another file beside the SHA-256 of this one',
    { sha512: sha512Of('other'), sha256: digestOf('refused').slice(7) },
  ],
  [
    'of this file as Base64, as npm writes it elsewhere',
    { sha512: createHash('sha512').update('refused').digest('base64') },
  ],
])('A11 a statement with the SHA-512 %s is about nothing that was handed in', async (_, digest) => {
  const artifacts = [await uploaded('refused')]
  const refused = admin.importRelease({
    project: 'shop',
    artifacts,
    images: [],
    bundles: [await attestationsOf(digest)],
  })
  await expect(refused).rejects.toMatchObject({ code: 'unprocessable', reason: 'provenance.subject' })
})

test('A11 POST /verify takes the SHA-512 of a file, and without it nothing that npm signs is about the file', async () => {
  const bundles = [await attestationsOf({ sha512: sha512Of('asked') })]
  const ask = (sha512?: string) =>
    admin.verifyArtifact({
      artifact: digestOf('asked'),
      bundles,
      policy: stringify(ci.trust),
      ...(sha512 && { sha512 }),
    })
  expect(await ask(sha512Of('asked'))).toMatchObject({ verdict: 'accepted', signers: [ci.identity] })
  expect(await ask(sha512Of('other'))).toMatchObject({ verdict: 'refused', reason: 'provenance.subject' })
  expect(await ask()).toMatchObject({ verdict: 'refused', reason: 'provenance.subject' })
})
