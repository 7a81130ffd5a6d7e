import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { conformanceFolder, sigstoreCases } from '../../test/rig/conformance.ts'
import { admit as admitted } from '../core/admission.ts'
import type { Statement } from '../core/attestation.ts'
import type { Digest } from '../core/digest.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { bundleOf, keyIdOf } from '../core/dsse.ts'
import { provenanceType } from '../core/provenance.ts'
import { trustPolicy } from '../core/trust-policy.ts'
import type { z } from 'zod'
import { factOf, keysOf } from './facts.ts'
import { readBundle } from './read-bundle.ts'
import { readTrustedRoot } from './read-trusted-root.ts'

const sha256 = 'a'.repeat(64)
const artifact: Digest = `sha256:${sha256}`
const emptyRoot = readTrustedRoot(
  JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }),
)

const githubBuild = 'https://actions.github.io/buildtypes/workflow/v1'
const builder = 'https://github.com/actions/runner/github-hosted'
const workflow = {
  ref: 'refs/heads/main',
  repository: 'https://github.com/acme/shop',
  path: '.github/workflows/release.yml',
}

const build = {
  buildType: githubBuild,
  externalParameters: { workflow } as Record<string, unknown>,
  internalParameters: { github: { repository_id: '42' } } as Record<string, unknown>,
  resolvedDependencies: [{ uri: `git+${workflow.repository}@${workflow.ref}`, digest: { gitCommit: 'c'.repeat(40) } }],
}

function statement(
  given: { build?: Partial<typeof build>; builder?: string; type?: string; subject?: Statement['subject'] } = {},
): Statement {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: given.subject ?? [{ name: 'shop.tgz', digest: { sha256 } }],
    predicateType: given.type ?? provenanceType,
    predicate: {
      buildDefinition: { ...build, ...given.build },
      runDetails: { builder: { id: given.builder ?? builder } },
    },
  }
}

const signers = {
  one: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  two: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
}

function signed(
  content: Statement,
  { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = signers.one,
) {
  return readBundle(JSON.stringify(bundleOf(content, keyIdOf(publicKey), (bytes) => sign('sha256', bytes, privateKey))))
}

const pem = (name: keyof typeof signers) => signers[name].publicKey.export({ type: 'spki', format: 'pem' }).toString()

type Given = Partial<z.input<typeof trustPolicy>>
const keySigner = (name: keyof typeof signers, more: object = {}) => ({
  key: pem(name),
  builders: [builder],
  'build-types': [githubBuild],
  ...more,
})

function policy(given: Given = {}) {
  return trustPolicy.parse({
    signers: [keySigner('one')],
    sources: [{ repository: workflow.repository, 'repository-id': '42', refs: ['refs/heads/main'], tags: ['v*'] }],
    'transparency-log': false,
    ...given,
  })
}

function reasonFor(content: Statement | Statement[], given: Given = {}, at: Date | null = null): string | null {
  const bundles = [content].flat().map((each) => signed(each))
  return reasonOf(() => admit({ bundles, artifact, root: emptyRoot, policy: policy(given), at }))
}

/** As the gate does it: what is proven, then what the policy says of it; a bundle that proves nothing helps nothing. */
function admit(question: {
  bundles: ReturnType<typeof readBundle>[]
  artifact: Digest
  root: ReturnType<typeof readTrustedRoot>
  policy: ReturnType<typeof trustPolicy.parse>
  at: Date | null
}) {
  const { bundles, root, policy: rule, at } = question
  const refusals: Disbelieved[] = []
  const facts = bundles.flatMap((bundle) => {
    try {
      return [factOf({ bundle, artifact: { digest: question.artifact }, root, keys: keysOf(rule) })]
    } catch (error) {
      if (!(error instanceof Disbelieved)) throw error
      refusals.push(error)
      return []
    }
  })
  if (facts.length === 0 && refusals[0]) throw refusals[0]
  return admitted({ artifact: question.artifact, facts, policy: rule, at })
}

function reasonOf(work: () => unknown): string | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof Disbelieved) return error.reason
    throw error
  }
}

test('a build that is as the policy wants is let in, with what it claims and who vouches for it', () => {
  const { claims, signers: names } = admit({
    bundles: [signed(statement())],
    artifact,
    root: emptyRoot,
    policy: policy(),
    at: null,
  })
  expect(claims).toMatchObject({
    builder,
    repository: workflow.repository,
    ref: 'refs/heads/main',
    commit: 'c'.repeat(40),
  })
  expect(names).toEqual([keyIdOf(signers.one.publicKey)])
})

test('A12 whatever expectation is wrong, the build is not let in', () => {
  const withWorkflow = (change: Partial<typeof workflow>) => ({
    build: { externalParameters: { workflow: { ...workflow, ...change } } },
  })
  const wrong: [string, ReturnType<typeof statement>][] = [
    ['provenance.builder', statement({ builder: 'https://github.com/actions/runner/self-hosted' })],
    ['provenance.builder', statement({ builder: `${builder}/` })],
    ['provenance.builder', statement({ builder: builder.toUpperCase() })],
    ['provenance.builder', statement({ builder: '.*' })],
    ['provenance.builder', statement({ build: { buildType: 'https://example.com/other/v1' } })],
    ['provenance.source', statement(withWorkflow({ repository: 'https://github.com/fork/shop' }))],
    ['provenance.source', statement(withWorkflow({ repository: 'https://github.com/acme/shop2' }))],
    ['provenance.source', statement(withWorkflow({ repository: 'https://gitlab.com/acme/shop' }))],
    ['provenance.source', statement(withWorkflow({ ref: 'refs/heads/mai' }))],
    ['provenance.source', statement(withWorkflow({ ref: 'refs/tags/w1' }))],
    ['provenance.source', statement(withWorkflow({ ref: 'refs/tags/v1/x' }))],
    ['provenance.source', statement(withWorkflow({ ref: 'main' }))],
    ['provenance.source', statement({ build: { internalParameters: { github: { repository_id: '43' } } } })],
    ['provenance.source', statement({ build: { internalParameters: {} } })],
    ['provenance.parameters', statement({ build: { externalParameters: { workflow, inputs: { debug: 'true' } } } })],
    ['provenance.parameters', statement({ build: { externalParameters: { workflow: { ...workflow, more: 1 } } } })],
    ['provenance.parameters', statement({ build: { externalParameters: {} } })],
    ['provenance.predicate', statement({ type: 'https://slsa.dev/provenance/v0.2' })],
    ['provenance.subject', statement({ subject: [{ name: 'shop.tgz', digest: { sha256: 'b'.repeat(64) } }] })],
  ]
  const found = wrong.map(([, content]) => reasonFor(content))
  // A statement of another type is no provenance at all.
  expect(found).toEqual(wrong.map(([reason]) => (reason === 'provenance.predicate' ? 'provenance.missing' : reason)))
  expect(reasonFor(statement(withWorkflow({ ref: 'refs/tags/v1.2' })))).toBeNull()
})

test('A11 a statement about another digest, however it is spelled, is not about this artifact', () => {
  const digests: Record<string, string>[] = [
    { sha1: sha256 },
    { sha256: sha256.toUpperCase() },
    { sha256: `${sha256}${sha256}` },
    {},
  ]
  for (const digest of digests) {
    const subject = [{ name: 'shop.tgz', digest: digest as { sha256: string } }]
    expect(reasonFor(statement({ subject })), JSON.stringify(digest)).toBe('provenance.subject')
  }
  expect(reasonFor(statement({ subject: [] }))).toBe('statement.malformed')
})

test('parameters that the policy expects must have exactly that value', () => {
  const content = statement({ build: { externalParameters: { workflow, inputs: { debug: 'true' } } } })
  expect(reasonFor(content, { parameters: { inputs: { debug: 'true' } } })).toBeNull()
  expect(reasonFor(content, { parameters: { inputs: { debug: 'false' } } })).toBe('provenance.parameters')
  expect(reasonFor(statement(), { parameters: { inputs: { debug: 'true' } } })).toBe('provenance.parameters')
  expect(reasonFor(statement(), { parameters: { 'workflow.path': '.github/workflows/release.yml' } })).toBeNull()
  expect(reasonFor(statement(), { parameters: { 'workflow.path': '.github/workflows/other.yml' } })).toBe(
    'provenance.parameters',
  )
})

test('a threshold counts signers, and a signer who has signed twice is one', () => {
  const both = { signers: [keySigner('one'), keySigner('two')], threshold: 2 }
  const question = (bundles: ReturnType<typeof signed>[]) =>
    reasonOf(() => admit({ bundles, artifact, root: emptyRoot, policy: policy(both), at: null }))
  expect(question([signed(statement()), signed(statement(), signers.two)])).toBeNull()
  expect(question([signed(statement()), signed(statement())])).toBe('provenance.threshold')
  expect(question([signed(statement())])).toBe('provenance.threshold')
  expect(() => policy({ threshold: 2 })).toThrow('as many as there are signers')
})

test('A13 a key counts while it is valid, for nothing once it is revoked, and for nothing when no time is known', () => {
  const revoked = { signers: [keySigner('one', { 'revoked-at': '2026-06-01T00:00:00Z' })] }
  expect(reasonFor(statement(), revoked)).toBe('key.revoked')
  const bounded = { signers: [keySigner('one', { 'valid-until': '2026-06-01T00:00:00Z' })] }
  expect(reasonFor(statement(), bounded)).toBe('timestamp.missing')
  expect(reasonFor(statement(), { 'max-age': '1d' }, new Date())).toBe('timestamp.missing')
  expect(reasonFor(statement(), { 'transparency-log': true })).toBe('tlog.missing')
})

test('statements that the policy wants beside the provenance must be there, by somebody trusted', () => {
  const wants = { predicates: ['https://cyclonedx.org/bom'] }
  const bom = statement({ type: 'https://cyclonedx.org/bom' })
  expect(reasonFor([statement(), bom], wants)).toBeNull()
  expect(reasonFor(statement(), wants)).toBe('provenance.missing')
  const bundles = [signed(statement()), signed(bom, signers.two)]
  const byStranger = () => admit({ bundles, artifact, root: emptyRoot, policy: policy(wants), at: null })
  expect(reasonOf(byStranger)).toBe('provenance.missing')
})

test('a level is what the policy says a signer is worth', () => {
  const worth = (level: number) => ({ signers: [keySigner('one', { level })], 'min-level': 2 })
  expect(reasonFor(statement(), worth(2))).toBeNull()
  expect(reasonFor(statement(), worth(1))).toBe('provenance.level')
})

const folders = [conformanceFolder()].filter((folder) => folder !== null)

/** Whether a provenance of the public suite, signed with a certificate, is let in. */
function reasonInSuite(folder: string, name: string, given: (signer: { identity: string; issuer: string }) => Given) {
  const one = sigstoreCases(folder).find((each) => each.name === name)!
  const { signer } = one
  if ('key' in signer) throw new Error('expected a certificate')
  return reasonOf(() =>
    admit({
      bundles: [readBundle(readFileSync(one.bundle))],
      artifact: `sha256:${one.sha256}`,
      root: readTrustedRoot(readFileSync(one.trustedRoot)),
      policy: trustPolicy.parse(given(signer)),
      at: new Date('2026-01-01T00:00:00Z'),
    }),
  )
}

test.for(folders)('A12 a provenance signed with a certificate in %s is let in by exact expectations only', (folder) => {
  const buildType = 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1'
  const from = {
    repository: 'https://github.com/sigstore/sigstore-conformance',
    'repository-id': '541893186',
    refs: ['refs/heads/main'],
  }
  const reason = (more: { signer?: object; source?: object; policy?: Given } = {}) =>
    reasonInSuite(folder, 'intoto-with-custom-trust-root', (signer) => ({
      signers: [{ ...signer, builders: [builder], 'build-types': [buildType], ...more.signer }],
      sources: [{ ...from, ...more.source }],
      ...more.policy,
    }))
  expect(reason()).toBeNull()
  expect(reason({ signer: { identity: '.*' } })).toBe('signature.identity')
  expect(reason({ signer: { issuer: 'https://token.actions.githubusercontent.com/' } })).toBe('signature.identity')
  expect(reason({ signer: { builders: [`${builder}/`] } })).toBe('provenance.builder')
  expect(reason({ signer: { 'build-types': [githubBuild] } })).toBe('provenance.builder')
  expect(reason({ source: { 'repository-id': '1' } })).toBe('provenance.source')
  expect(reason({ source: { refs: ['refs/heads/release'] } })).toBe('provenance.source')
  expect(reason({ policy: { 'max-age': '30d' } })).toBe('timestamp.age')
})

test.for(folders)('A12 a provenance in %s that claims another build than its certificate is not let in', (folder) => {
  const repository = 'https://github.com/loosebazooka/aa-test'
  const reason = reasonInSuite(folder, 'happy-path-intoto-in-dsse-v3', (signer) => ({
    signers: [
      {
        ...signer,
        builders: [`${repository}/.github/workflows/provenance.yaml@refs/heads/main`],
        'build-types': [githubBuild],
      },
    ],
    sources: [{ repository, 'repository-id': '891715444', refs: ['refs/heads/main'] }],
  }))
  expect(reason).toBe('provenance.source')
})
