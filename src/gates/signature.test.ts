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
import { otherCi } from '../../test/rig/other-ci.ts'
import type { AnyBundle } from '../core/attestation.ts'
import { digestOf, digestOfJson } from '../core/digest.ts'
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

test('what is wrong with several statements alike is told once, and of a release built elsewhere who could be named', async () => {
  const parts = release.artifacts.map((artifact) => attest(provenanceStatement({ artifacts: [artifact] })))
  const keys = [{ ...trusted, revokedAt: now }]
  const imported = { ...subject, release: { ...release, run: null } }
  const { reason, unblock } = await judged({ attestations: parts, keys }, imported)
  expect(reason.match(/key.revoked/g)).toHaveLength(1)
  for (const { digest } of parts) expect(reason).toContain(digest)
  expect(unblock).toContain('`by` of this gate')
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

const ci = otherCi()

async function judgedBy(by: unknown, bundle: AnyBundle, more: object = {}) {
  const config = signature.config.parse({ by, 'transparency-log': false, ...more })
  const attestation = { ...whole, predicateType: null, digest: digestOfJson(bundle), bundle }
  const artifacts = [{ name: 'app.tgz', digest: digestOf('app'), sizeBytes: 3 }]
  const about = { ...subject, release: { ...release, artifacts } }
  const world = worldOf({ attestations: [attestation], keys: [trusted] })
  return signature.judge(config, signature.evidence.parse(await signature.observe(config, about, world)), about)
}

test('who is named may have signed, the artifact itself or a statement about it', async () => {
  const passes = { outcome: 'pass', reason: `1 artifact signed by ${ci.id}` }
  expect(await judgedBy([{ key: ci.pem }], ci.signBlob(Buffer.from('app')))).toMatchObject(passes)
  expect(await judgedBy([{ key: ci.pem }], ci.attest(provenanceStatement()))).toMatchObject(passes)
  const ours = attest(provenanceStatement()).bundle
  expect(await judgedBy([{ key: ci.pem }], ours)).toMatchObject({ outcome: 'pass' })
})

test('A11 A13 nobody else may, nor one whose key was revoked or is in no log, nor about other bytes', async () => {
  const good = ci.signBlob(Buffer.from('app'))
  const reasonOf = async (by: unknown, bundle: AnyBundle, more: object = {}) => {
    const { outcome, reason } = await judgedBy(by, bundle, more)
    expect(outcome).toBe('fail')
    return reason
  }
  expect(await reasonOf([{ key: otherCi().pem }], good)).toContain('signature.key-unknown')
  expect(await reasonOf([{ identity: 'ci@example.com', issuer: 'https://issuer.example' }], good)).toContain(
    'key-unknown',
  )
  expect(await reasonOf([{ key: ci.pem, 'revoked-at': '2026-11-01T00:00:00Z' }], good)).toContain('key.revoked')
  expect(await reasonOf([{ key: ci.pem }], good, { 'transparency-log': true })).toContain('tlog.missing')
  expect(await reasonOf([{ key: ci.pem }], ci.signBlob(Buffer.from('other')))).toContain('provenance.subject')
})

test('what others sign counts for nothing where nobody is named, and says so', async () => {
  const bundle = ci.signBlob(Buffer.from('app'))
  expect(await judged({ keys: [trusted], attestations: [{ ...whole, bundle }] })).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('signature.key-unknown'),
  })
  expect(() => signature.config.parse({ roots: ['public-good'] })).toThrow('only beside `by`')
  expect(() => signature.config.parse({ by: [{ key: 'ssh-rsa AAAA' }] })).toThrow('by')
})
