import { expect, test } from 'vitest'
import { provenanceStatement, release, signingKey, subject, worldOf } from '../../test/rig/gate-world.ts'
import type { Attestation, Statement } from '../core/attestation.ts'
import { digestOf } from '../core/digest.ts'
import { provenance } from './provenance.ts'

const { trusted, attest } = signingKey()
const settings = { builders: ['https://builder.example/'], repositories: ['/srv/git/shop'], branches: ['main'] }

async function judged(given: Statement | Attestation[], change: object = {}) {
  const config = provenance.config.parse({ ...settings, ...change })
  const attestations = Array.isArray(given) ? given : [attest(given)]
  const evidence = await provenance.observe(config, subject, worldOf({ attestations, keys: [trusted] }))
  return provenance.judge(config, provenance.evidence.parse(evidence), subject)
}

test('a release built as expected passes, and links to its run', async () => {
  expect(await judged(provenanceStatement())).toMatchObject({
    outcome: 'pass',
    reason: `built by https://builder.example/ from /srv/git/shop at ${'c'.repeat(40)}`,
    links: [{ url: '/api/v1/projects/shop/runs/run-7' }],
  })
})

test('where only the builder is named, any repository and branch may be', async () => {
  expect(await judged(provenanceStatement(), { repositories: undefined, branches: undefined })).toMatchObject({
    outcome: 'pass',
  })
  expect(() => provenance.config.parse({})).toThrow('builders')
  expect(() => provenance.config.parse({ ...settings, branches: [] })).toThrow('branches')
})

test.each([
  [
    'builder',
    { builders: ['https://builder.example'] },
    'provenance.builder: expected built by https://builder.example, found https://builder.example/',
  ],
  [
    'repository',
    { repositories: ['/srv/git/shop.git'] },
    'provenance.source: expected repository /srv/git/shop.git, found /srv/git/shop',
  ],
  ['branch', { branches: ['main.*', 'release'] }, 'provenance.source: expected branch main.* or release, found main'],
])('A12 another %s fails and says what was expected and found', async (_, change, words) => {
  expect(await judged(provenanceStatement(), change)).toMatchObject({ outcome: 'fail', reason: words })
})

test('A11 A12 provenance of another commit, configuration or artifact fails', async () => {
  const other = {
    source: { ...release.source, commit: 'd'.repeat(40) },
    configurationDigest: digestOf('x'),
    artifacts: release.artifacts.slice(1),
  }
  const { outcome, reason } = await judged(provenanceStatement(other))
  expect(outcome).toBe('fail')
  for (const problem of ['provenance.source', 'provenance.parameters', 'provenance.subject'])
    expect(reason).toContain(problem)
})

test('A12 a claim that is not signed with a trusted key is not even read', async () => {
  const forged = signingKey().attest(provenanceStatement())
  expect(await judged([forged])).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('signature.key-unknown'),
  })
})

test('A12 another statement, however well signed, is no provenance, whatever its row says', async () => {
  const summary = { ...provenanceStatement(), predicateType: 'https://in-toto.io/attestation/release/v0.1' }
  expect(await judged(summary)).toMatchObject({
    outcome: 'fail',
    reason: 'release 7-ccccccc has no provenance',
    observed: 'none',
  })
  const mislabelled = { ...attest(summary), predicateType: 'https://slsa.dev/provenance/v1' }
  expect(await judged([mislabelled])).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('provenance.predicate'),
  })
})

test('claims that were not believed count for nothing', async () => {
  const config = provenance.config.parse(settings)
  const world = worldOf({ attestations: [attest(provenanceStatement())], keys: [trusted] })
  const evidence = provenance.evidence.parse(await provenance.observe(config, subject, world))
  if (!('provenances' in evidence)) throw new Error('expected our own provenances')
  const doubted = evidence.provenances.map((each) => ({ ...each, disbelief: 'key.revoked' }))
  expect(provenance.judge(config, evidence, subject)).toMatchObject({ outcome: 'pass' })
  expect(provenance.judge(config, { provenances: doubted }, subject)).toMatchObject({
    outcome: 'fail',
    reason: 'key.revoked',
  })
})

test('one good provenance among others is enough', async () => {
  const wrong = attest(provenanceStatement({}, 'https://elsewhere.example/'))
  expect(await judged([wrong, attest(provenanceStatement())])).toMatchObject({ outcome: 'pass' })
})
