import { expect, test } from 'vitest'
import { ago, provenanceStatement, release, signingKey, subject, worldOf } from '../../test/rig/gate-world.ts'
import { summaryStatement } from '../../test/rig/summaries.ts'
import type { Attestation, Statement } from '../core/attestation.ts'
import { digestOf } from '../core/digest.ts'
import { signature } from './signature.ts'
import { summary } from './summary.ts'

const { trusted, attest } = signingKey()
const verifiers = ['https://builder.example/']

async function judged(attestations: Attestation[], { keys = [trusted], after = ['stg'], settings = {} } = {}) {
  const about = { ...subject, after }
  const seen = await summary.observe({ verifiers }, about, worldOf({ attestations, keys }))
  return summary.judge({ verifiers, ...settings }, summary.evidence.parse(JSON.parse(JSON.stringify(seen))), about)
}

test('a summary of the environment before, about exactly this release, passes and says who vouched when', async () => {
  expect(await judged([attest(provenanceStatement()), attest(summaryStatement())])).toMatchObject({
    outcome: 'pass',
    reason: 'https://builder.example/ vouched for stg at 2026-11-23T11:00:00.000Z',
  })
})

test('a release that was in no environment before waits, and each that is missing is named', async () => {
  expect(await judged([attest(summaryStatement())], { after: ['stg', 'eu'] })).toMatchObject({
    outcome: 'wait',
    reason: 'no summary of eu counts',
    unblock: 'a promotion without overrides: lockflight promote 7-ccccccc --to eu',
  })
})

const others: [string, Statement, string][] = [
  ['other artifacts', summaryStatement({ release: { ...release, artifacts: [release.artifacts[0]!] } }), 'subject'],
  [
    'another release of the same artifacts',
    summaryStatement({ release: { ...release, digest: digestOf('x') } }),
    'resource',
  ],
  ['another project', summaryStatement({ project: 'shop2' }), 'resource'],
  ['a failed verification', summaryStatement({}, { verificationResult: 'FAILED' }), 'result'],
  ['another verifier', summaryStatement({ verifier: { id: 'https://builder.example', version: '1' } }), 'verifier'],
  ['a field nobody knows', summaryStatement({}, { unless: 'it rains' }), 'predicate'],
  ['a place that is none', summaryStatement({}, { resourceUri: 'urn:lockflight:release:shop:stg' }), 'resource'],
]
test.each(others)('A11: a summary about %s is not accepted', async (_, statement, reason) => {
  expect(await judged([attest(statement)])).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining(`no summary of stg counts: summary.${reason}: expected`),
  })
  expect(await judged([attest(statement), attest(summaryStatement())])).toMatchObject({ outcome: 'pass' })
})

test('A11: a summary of another environment is none of this one', async () => {
  expect(await judged([attest(summaryStatement({ environment: 'dev' }))])).toMatchObject({ outcome: 'wait' })
})

test('A13: a summary by a key that was revoked, or that nobody trusts, is not accepted', async () => {
  const attestations = [attest(summaryStatement())]
  const cases: [typeof trusted, string][] = [
    [{ ...trusted, revokedAt: ago(60) }, 'key.revoked'],
    [signingKey().trusted, 'signature.key-unknown'],
    [{ ...trusted, purpose: 'log' }, 'signature.key-unknown'],
  ]
  for (const [key, reason] of cases) {
    expect(await judged(attestations, { keys: [key] })).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining(reason),
    })
  }
})

test('a summary must vouch for the level that is asked for', async () => {
  const high = { 'min-level': 2 }
  expect(await judged([attest(summaryStatement())], { settings: { 'min-level': 1 } })).toMatchObject({
    outcome: 'pass',
  })
  expect(await judged([attest(summaryStatement())], { settings: high })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('summary.level: expected SLSA Build level 2, found SLSA_BUILD_LEVEL_1'),
  })
  const none = attest(summaryStatement({ level: null }))
  expect(await judged([none], { settings: { 'min-level': 1 } })).toMatchObject({ outcome: 'fail' })
})

test('a summary signs no artifact: it does not say how anything was made', async () => {
  const world = worldOf({ attestations: [attest(summaryStatement())], keys: [trusted] })
  const evidence = await signature.observe({}, subject, world)
  expect(signature.judge({}, signature.evidence.parse(evidence), subject)).toMatchObject({ outcome: 'fail' })
})
