import { expect, test } from 'vitest'
import { ago, provenanceStatement, release, signingKey } from '../../test/rig/gate-world.ts'
import { summaryStatement } from '../../test/rig/summaries.ts'
import type { Attestation } from './attestation.ts'
import { digestOf, digestOfJson } from './digest.ts'
import type { Verified } from './verification-summary.ts'
import { verifyBundle } from './verify-bundle.ts'
import { verifyChain, type ChainQuestion } from './verify-chain.ts'

const { trusted, attest } = signingKey()
const provenance = attest(provenanceStatement())
const summary = (environment: string, inputs: Attestation[], given: Partial<Verified> = {}) =>
  attest(summaryStatement({ environment, inputs: inputs.map(({ digest }) => digest), ...given }))
const stg = summary('stg', [provenance], { at: ago(7200) })
const prod = summary('prod', [provenance, stg])

function verdict(attestations: Attestation[], given: Partial<ChainQuestion> = {}) {
  const bundles = attestations.map(({ bundle }) => JSON.parse(JSON.stringify(bundle)) as unknown)
  const question = { artifact: release.artifacts[0]!, environment: 'prod', project: 'shop', bundles, keys: [trusted] }
  return verifyChain({ ...question, verify: (bundle, keys) => verifyBundle(bundle, keys), ...given })
}

const refused = (why: string) => ({ ok: false, problems: expect.arrayContaining([expect.stringContaining(why)]) })

test('a chain from the bytes over two environments to the source is found in any order, among whatever else', () => {
  const other = attest(summaryStatement({ environment: 'eu' }))
  expect(verdict([other, stg, prod, provenance])).toMatchObject({
    ok: true,
    summary: { attestation: prod.digest, key: trusted.id, claims: { environment: 'prod', release: release.digest } },
    earlier: [{ attestation: stg.digest, claims: { environment: 'stg' } }],
    provenances: [{ attestation: provenance.digest, claims: { source: release.source } }],
  })
  expect(verdict([prod, stg, provenance], { verifier: 'https://builder.example/' })).toMatchObject({ ok: true })
})

test('A11: other bytes, another environment, another project and another verifier have no chain', () => {
  const all = [prod, stg, provenance]
  const cases: [Partial<ChainQuestion>, string][] = [
    [{ artifact: { name: 'app.tgz', digest: digestOf('other') } }, 'summary.subject: expected app.tgz'],
    [{ environment: 'eu' }, 'summary.resource: expected environment eu, found environment'],
    [{ project: 'shop2' }, 'summary.resource: expected project shop2, found project shop'],
    [{ verifier: 'https://builder.example' }, 'summary.verifier: expected https://builder.example, found'],
  ]
  for (const [given, why] of cases) expect(verdict(all, given)).toMatchObject(refused(why))
  const failed = attest(
    summaryStatement({ environment: 'prod', inputs: [provenance.digest] }, { verificationResult: 'FAILED' }),
  )
  expect(verdict([failed, provenance])).toMatchObject(refused('summary.result: expected PASSED, found FAILED'))
})

test('A13: what a revoked, an unknown or the wrong kind of key has signed is no link', () => {
  const stranger = signingKey()
  for (const keys of [
    [],
    [{ ...trusted, revokedAt: ago(60) }],
    [stranger.trusted],
    [{ ...trusted, purpose: 'log' as const }],
  ]) {
    expect(verdict([prod, stg, provenance], { keys })).toMatchObject({ ok: false })
  }
  expect(verdict([prod], { keys: [] })).toMatchObject(refused('nothing says that'))
})

test('every link must be here and about these bytes, as far back as the summaries go', () => {
  expect(verdict([prod, stg])).toMatchObject(refused(`rests on ${provenance.digest}, but that is not here`))
  expect(JSON.stringify(verdict([prod, stg])).match(/is not here/g)).toHaveLength(1)
  expect(verdict([prod, provenance])).toMatchObject(refused(`rests on ${stg.digest}, but that is not here`))
  expect(verdict([])).toMatchObject(refused('nothing says that'))
  expect(verdict([summary('prod', [])])).toMatchObject(refused('rests on no provenance'))
  const elsewhere = attest(provenanceStatement({ artifacts: [release.artifacts[1]!] }))
  expect(verdict([summary('prod', [elsewhere]), elsewhere])).toMatchObject(refused('a provenance of sha256:'))
  const foreign = summary('stg', [provenance], { project: 'shop2' })
  expect(verdict([summary('prod', [provenance, foreign]), provenance, foreign])).toMatchObject(
    refused('summary.resource: expected project shop, found project shop2'),
  )
  const other = attest({ ...provenanceStatement(), predicateType: 'https://example.com/other' })
  expect(verdict([summary('prod', [provenance, other]), provenance, other])).toMatchObject(refused('that is neither'))
})

test('what others have signed must be here, and is told as what nobody has checked here', () => {
  const theirs = signingKey().attest(provenanceStatement())
  const ofTheirs = summary('prod', [theirs])
  expect(verdict([ofTheirs, theirs])).toMatchObject({ ok: true, provenances: [], others: [theirs.digest] })
  expect(verdict([ofTheirs])).toMatchObject(refused('that is not here'))
  const certificate = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: {} }
  const foreign = { ...theirs, bundle: certificate, digest: digestOfJson(certificate) }
  expect(verdict([summary('prod', [provenance, foreign]), provenance, foreign])).toMatchObject({
    ok: true,
    provenances: [{ attestation: provenance.digest }],
    others: [foreign.digest],
  })
})

test('the newest summary that holds counts, whatever a newer one lacks', () => {
  const newer = summary('prod', [attest(provenanceStatement({}, 'https://other.example/'))], { at: ago(10) })
  expect(verdict([newer, prod, stg, provenance])).toMatchObject({ ok: true, summary: { attestation: prod.digest } })
  const newest = summary('prod', [provenance], { at: ago(5) })
  expect(verdict([prod, newest, stg, provenance])).toMatchObject({ ok: true, summary: { attestation: newest.digest } })
})

test('a changed bit anywhere in a link breaks the chain', () => {
  for (const [index, one] of [prod, stg, provenance].entries()) {
    const { dsseEnvelope } = structuredClone(one.bundle)
    const bytes = Buffer.from(dsseEnvelope!.payload, 'base64')
    bytes[bytes.length - 20]! ^= 1
    const changed = {
      ...one,
      bundle: { ...one.bundle, dsseEnvelope: { ...dsseEnvelope, payload: bytes.toString('base64') } },
    }
    expect(verdict([prod, stg, provenance].with(index, changed))).toMatchObject(refused('signature.invalid'))
  }
})
