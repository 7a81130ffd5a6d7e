import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformanceFolder, sigstoreCases } from '../../../test/rig/conformance.ts'
import { release, signingKey, subject, worldOf } from '../../../test/rig/gate-world.ts'
import { githubBuild, githubProvenance, otherCi, workflow, type BuildChange } from '../../../test/rig/other-ci.ts'
import type { AnyBundle } from '../../core/attestation.ts'
import { digestOf, digestOfJson } from '../../core/digest.ts'
import type { Subject } from '../../core/gate.ts'
import { lookAtBundles } from '../../trust/look-at-bundles.ts'
import { publicGoodRoot } from '../../trust/named-roots.ts'
import { provenance } from '../provenance.ts'

const ci = otherCi()
const imported = {
  ...release,
  run: null,
  configurationDigest: null,
  source: { repository: workflow.repository, commit: 'c'.repeat(40), branch: 'main' },
}
const about = { ...subject, release: imported }
const built = (change: BuildChange = {}) => ci.attest(githubProvenance(release.artifacts, change))

async function judged(bundles: AnyBundle[], trust: object = ci.trust(), of: Subject = about) {
  const config = provenance.config.parse({ trust })
  const attestations = bundles.map((bundle) => ({
    release: of.release.digest,
    predicateType: null,
    digest: digestOfJson(bundle),
    bundle,
    createdAt: of.at,
  }))
  const keys = [signingKey().trusted]
  const evidence = provenance.evidence.parse(
    JSON.parse(JSON.stringify(await provenance.observe(config, of, worldOf({ attestations, keys })))),
  )
  return { ...provenance.judge(config, evidence, of), evidence, config }
}

test('a release that another CI built as expected passes, and says who built it and who vouches for it', async () => {
  expect(await judged([built()])).toMatchObject({
    outcome: 'pass',
    reason: `built by https://github.com/actions/runner/github-hosted from ${workflow.repository} at ${'c'.repeat(40)}, signed by ${ci.id}`,
    observed: `refs/heads/main, build type ${githubBuild}`,
  })
})

test('artifacts that were attested one by one are let in together, and one that nobody attested keeps out all', async () => {
  const each = release.artifacts.map((artifact) => ci.attest(githubProvenance([artifact])))
  expect(await judged(each)).toMatchObject({ outcome: 'pass' })
  expect(await judged(each.slice(1))).toMatchObject({
    outcome: 'fail',
    reason: 'app.tgz: provenance.missing: expected a signed provenance of the artifact, found none',
  })
})

test.each<[string, BuildChange, object]>([
  ['provenance.builder', { builder: 'https://github.com/actions/runner/self-hosted' }, {}],
  ['provenance.builder', {}, { signer: { builders: ['.*'] } }],
  ['provenance.source', { workflow: { repository: 'https://github.com/fork/shop' } }, {}],
  ['provenance.source', { repositoryId: '43' }, {}],
  ['provenance.source', {}, { source: { refs: ['refs/heads/mai'] } }],
  ['provenance.parameters', { parameters: { inputs: { debug: 'true' } } }, {}],
  ['provenance.builder', { runner: 'self-hosted' }, { signer: { runners: ['github-hosted'] } }],
  ['provenance.builder', {}, { signer: { runners: ['github-hosted'] } }],
  ['provenance.level', {}, { policy: { 'min-level': 2 } }],
  ['provenance.missing', {}, { policy: { predicates: ['https://cyclonedx.org/bom'] } }],
  ['provenance.missing', { predicateType: 'https://slsa.dev/provenance/v0.2' }, {}],
  ['tlog.missing', {}, { policy: { 'transparency-log': true } }],
  ['timestamp.missing', {}, { policy: { 'max-age': '1d' } }],
  ['key.revoked', {}, { signer: { 'revoked-at': '2026-11-01T00:00:00Z' } }],
])('A12 A13 %s is the reason when the build is %j and the policy %j', async (reason, change, policy) => {
  const said = await judged([built(change)], ci.trust(policy))
  expect(said).toMatchObject({ outcome: 'fail', reason: expect.stringMatching(`^app.tgz: ${reason}: `) })
  expect(said).toMatchObject({ expected: expect.stringContaining('built by'), observed: `signed by ${ci.id}` })
})

test('a build on a kind of runner that counts passes', async () => {
  const trust = ci.trust({ signer: { runners: ['github-hosted'] } })
  expect(await judged([built({ runner: 'github-hosted' })], trust)).toMatchObject({ outcome: 'pass' })
})

test('A12 what people read about the release must be what was proven', async () => {
  for (const change of [
    { commit: 'd'.repeat(40) },
    { branch: 'release' },
    { repository: 'https://github.com/acme/sho' },
  ]) {
    const of = { ...about, release: { ...imported, source: { ...imported.source, ...change } } }
    expect(await judged([built()], ci.trust(), of)).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('provenance.source: the release says'),
    })
  }
})

test('A11 a bundle about other bytes proves nothing, and is kept with its reason', async () => {
  const other = ci.attest(githubProvenance([{ name: 'app.tgz', digest: digestOf('other') }]))
  const said = await judged([other])
  expect(said).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('app.tgz: provenance.subject: '),
    observed: 'no signature that holds; 1 bundle that proves nothing',
  })
  expect(said.evidence).toMatchObject({ facts: [], refusals: [{ bundle: digestOfJson(other), artifact: null }] })
})

test('A14 a changed payload, and a signature by a stranger under the name of the trusted key, prove nothing', async () => {
  const good = built()
  const payload = Buffer.from(JSON.stringify(githubProvenance(release.artifacts, { builder: 'x' }))).toString('base64')
  const changed = { ...good, dsseEnvelope: { ...good.dsseEnvelope!, payload } }
  const forged = {
    ...otherCi().attest(githubProvenance(release.artifacts)),
    verificationMaterial: good.verificationMaterial,
  }
  for (const bundle of [changed, forged])
    expect(await judged([bundle])).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('signature.invalid'),
    })
  expect(await judged([forged, good])).toMatchObject({ outcome: 'pass' })
})

test('a stranger helps nothing, whatever he says', async () => {
  expect(await judged([otherCi().attest(githubProvenance(release.artifacts))])).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('signature.key-unknown'),
  })
})

test('what was seen under other settings, or by another root, is not judged by these', async () => {
  const { evidence, config } = await judged([built()])
  const ours = provenance.config.parse({ builders: ['https://builder.example/'] })
  expect(provenance.judge(ours, evidence, about)).toMatchObject({ outcome: 'fail' })
  expect(provenance.judge(config, { provenances: [] }, about)).toMatchObject({ outcome: 'fail' })
  const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }
  const other = provenance.config.parse({ trust: ci.trust({ policy: { roots: [{ root }] } }) })
  expect(provenance.judge(other, evidence, about)).toMatchObject({ outcome: 'fail' })
})

test('settings that say nothing, both ways at once, or what is no key or root, are refused with their place', () => {
  const pathsOf = (given: unknown) => provenance.config.safeParse(given).error?.issues.map(({ path }) => path.join('.'))
  expect(pathsOf({})).toEqual([''])
  expect(pathsOf({ trust: ci.trust(), builders: ['x'] })).toEqual(['builders'])
  expect(pathsOf({ trust: ci.trust(), branches: ['main'] })).toEqual(['branches'])
  const key = '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'
  expect(pathsOf({ trust: ci.trust({ signer: { key } }) })).toEqual(['trust.signers.0.key'])
  expect(pathsOf({ trust: ci.trust({ policy: { roots: [] } }) })).toEqual(['trust.roots'])
})

const folders = [conformanceFolder()].filter((folder) => folder !== null)

test.for(folders)(
  'A13 a build that GitHub signed is let in by its exact identity, while it is new enough, by %s',
  async (folder) => {
    const one = sigstoreCases(folder).find(({ name }) => name === 'intoto-with-custom-trust-root')!
    const { signer } = one
    if ('key' in signer) throw new Error('expected a certificate')
    const bundle = JSON.parse(readFileSync(one.bundle, 'utf8')) as AnyBundle
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope!.payload, 'base64').toString())
    const { repository, ref } = statement.predicate.buildDefinition.externalParameters.workflow
    const commit = statement.predicate.buildDefinition.resolvedDependencies[0].digest.gitCommit
    const artifacts = [{ name: 'a.txt', digest: `sha256:${one.sha256}` as const, sizeBytes: 1 }]
    const of = { ...about, release: { ...imported, artifacts, source: { repository, commit, branch: 'main' } } }
    const trust = (more: object = {}) => ({
      roots: [{ root: JSON.parse(readFileSync(one.trustedRoot, 'utf8')) }],
      signers: [
        {
          ...signer,
          builders: [statement.predicate.runDetails.builder.id],
          'build-types': [statement.predicate.buildDefinition.buildType],
        },
      ],
      sources: [{ repository, refs: [ref] }],
      ...more,
    })
    expect(await judged([bundle], trust(), of)).toMatchObject({
      outcome: 'pass',
      reason: expect.stringContaining(signer.identity),
    })
    const refused = async (more: object) => (await judged([bundle], trust(more), of)).reason
    expect(await refused({ 'max-age': '30d' })).toContain('timestamp.age')
    expect(await refused({ roots: ['public-good'] })).toMatch(/certificate|tlog|timestamp/)
  },
)

test.for(folders)('A12 the kind of runner is read from the certificate, in %s', (folder) => {
  const one = sigstoreCases(folder).find(({ name }) => name === 'happy-path-intoto-in-dsse-v3')!
  const { facts } = lookAtBundles({
    bundles: [JSON.parse(readFileSync(one.bundle, 'utf8'))],
    artifacts: [{ digest: `sha256:${one.sha256}` }],
    keys: [],
    roots: [publicGoodRoot()],
  })
  expect(facts).toMatchObject([{ certificate: { runner: 'github-hosted', repositoryId: '632596897' } }])
})
