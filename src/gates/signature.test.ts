import { expect, test } from 'vitest'
import {
  now,
  provenanceStatement,
  release,
  report,
  signingKey,
  subject,
  worldOf,
  type Facts,
} from '../../test/rig/gate-world.ts'
import { digestOf } from '../core/digest.ts'
import { receiptStatement } from '../core/report-statement.ts'
import { signature } from './signature.ts'

const { trusted, attest } = signingKey()
const whole = attest(provenanceStatement())

async function judged(facts: Facts, about = subject) {
  return signature.judge({}, signature.evidence.parse(await signature.observe({}, about, worldOf(facts))), about)
}

test('a release whose artifacts are all signed with a trusted key passes', async () => {
  expect(await judged({ attestations: [whole], keys: [trusted] })).toMatchObject({
    outcome: 'pass',
    reason: `all 2 artifacts signed with ${trusted.id}`,
  })
})

test('several statements may cover the artifacts together', async () => {
  const parts = release.artifacts.map((artifact) => attest(provenanceStatement({ artifacts: [artifact] })))
  expect(await judged({ attestations: parts, keys: [trusted] })).toMatchObject({ outcome: 'pass' })
  expect(await judged({ attestations: parts.slice(1), keys: [trusted] })).toMatchObject({
    outcome: 'fail',
    reason: 'not signed: app.tgz',
  })
})

test('A13 A36 a key that is unknown or was revoked since signs nothing', async () => {
  expect(await judged({ attestations: [whole], keys: [] })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('signature.key-unknown'),
  })
  const revoked = [{ ...trusted, revokedAt: now }]
  expect(await judged({ attestations: [whole], keys: revoked })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringMatching(
      /^not signed: app.tgz, web.tgz; sha256:[0-9a-f]+: key.revoked, key .* was revoked at/,
    ),
    unblock: expect.stringContaining('lockflight run'),
  })
  expect(await judged({ attestations: [whole], keys: [{ ...trusted, purpose: 'log' }] })).toMatchObject({
    outcome: 'fail',
  })
})

test('A11 a valid signature over other bytes covers nothing', async () => {
  const artifacts = release.artifacts.map((artifact) => ({ ...artifact, digest: digestOf(`not ${artifact.name}`) }))
  const other = attest(provenanceStatement({ artifacts }))
  expect(await judged({ attestations: [other], keys: [trusted] })).toMatchObject({
    outcome: 'fail',
    observed: '1 valid and 0 invalid attestations',
  })
})

test('one bad statement does not spoil a good one', async () => {
  const forged = { ...signingKey().attest(provenanceStatement()), digest: digestOf('forged') }
  expect(await judged({ attestations: [forged, whole], keys: [trusted] })).toMatchObject({ outcome: 'pass' })
})

test('nothing signed, and nothing to sign, are no pass', async () => {
  expect(await judged({ keys: [trusted] })).toMatchObject({ outcome: 'fail', reason: 'not signed: app.tgz, web.tgz' })
  const empty = { ...subject, release: { ...release, artifacts: [] } }
  expect(await judged({ attestations: [whole], keys: [trusted] }, empty)).toMatchObject({
    outcome: 'fail',
    reason: 'release 7-ccccccc has no artifacts',
  })
})

test('what is signed about a report that came in signs no artifact', async () => {
  const about = { id: 'r1', project: 'shop', release: release.digest, run: null, by: 'ci@local', at: now }
  const receipt = attest(receiptStatement(release.artifacts, { ...report(), ...about }))
  expect(await judged({ keys: [trusted], attestations: [receipt] })).toMatchObject({
    outcome: 'fail',
    reason: 'not signed: app.tgz, web.tgz',
  })
})
