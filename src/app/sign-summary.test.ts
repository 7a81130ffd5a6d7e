import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import { policyDigest } from '../core/configuration.ts'
import { digestOfJson } from '../core/digest.ts'
import { provenanceType } from '../core/provenance.ts'
import type { Release } from '../core/release.ts'
import { readVerificationSummary, summaryType } from '../core/verification-summary.ts'
import { verifyBundle } from '../core/verify-bundle.ts'
import { confirmOverride } from './confirm-override.ts'
import { requestOverride } from './request-override.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'

const shop = await opened(
  startApp(`
project: shop
environments:
  dev: { deploy: { use: target } }
  stg: { after: [dev], deploy: { use: target }, gates: [{ use: approval, classes: [standard] }] }
  eu: { after: [dev], deploy: { use: target } }
  prod:
    after: [stg]
    deploy: { use: target }
    gates: [{ use: summary, verifiers: ['https://lockflight.example/test'], min-level: 1 }]
`),
)
const { app, project } = shop

async function promote(release: Release, environment: string, kind: 'standard' | 'hotfix' = 'standard') {
  const request = { project, environment, release: release.digest, class: kind, reason: '' }
  const { id } = await requestPromotion(app, shop.admin, request)
  await shop.drain()
  return id
}

/** The summaries of a release as stored, each read from what its signature covers. */
async function summaries(release: Release) {
  const { stored, keys } = await app.store.read(async (tx) => ({
    stored: await tx.attestations.of(project, release.digest),
    keys: await tx.keys.list(),
  }))
  return stored
    .filter(({ predicateType }) => predicateType === summaryType)
    .map(({ bundle, digest }) => {
      const result = verifyBundle(bundle, keys)
      const read = result.verified && readVerificationSummary(result.statement)
      if (!read || !('claims' in read)) return expect.fail('a summary that nobody can read')
      expect(digestOfJson(bundle)).toBe(digest)
      return { digest, ...read.claims }
    })
}

/** What the log says of the deployments of a release: where, and which summary was signed. */
async function told(release: Release) {
  const entries = await shop.entries()
  return entries
    .filter(({ type, data }) => type === 'deploy.completed' && data['release'] === release.digest)
    .map(({ environment, data }) => [environment, data['summary']])
}

test('each environment a release reaches is attested: what, where, by which policy, on which statements', async () => {
  const release = await shop.build()
  const started = new Date()
  await promote(release, 'dev')
  await promote(release, 'eu', 'hotfix')
  const [dev, eu, ...others] = await summaries(release)
  expect(others).toEqual([])
  const { configuration } = await app.store.read((tx) => tx.revisions.current(project))
  const attestations = await app.store.read((tx) => tx.attestations.of(project, release.digest))
  const provenance = attestations.find(({ predicateType }) => predicateType === provenanceType)!
  expect(dev).toEqual({
    digest: expect.any(String),
    subjects: release.artifacts.map(({ digest }) => digest),
    verifier: app.builderId,
    project,
    environment: 'dev',
    release: release.digest,
    policy: {
      uri: 'urn:lockflight:policy:shop:dev:revision:1',
      digest: policyDigest(configuration.environments['dev']!),
    },
    inputs: [provenance.digest],
    result: 'PASSED',
    levels: ['SLSA_BUILD_LEVEL_1'],
    verifiedAt: expect.any(String),
  })
  expect(Math.abs(Date.parse(dev!.verifiedAt) - started.getTime())).toBeLessThan(60_000)
  expect(eu).toMatchObject({ environment: 'eu', inputs: [provenance.digest, dev!.digest] })
  expect(await told(release)).toEqual([
    ['dev', dev!.digest],
    ['eu', eu!.digest],
  ])
})

test('going back is not attested again: most gates do not hold it up', async () => {
  const [one, two] = [await shop.build(), await shop.build()]
  await promote(one, 'dev')
  await promote(two, 'dev')
  await requestRollback(app, shop.admin, { project, environment: 'dev', reason: 'back' })
  await shop.drain()
  const [only] = await summaries(one)
  expect(await told(one)).toEqual([
    ['dev', only!.digest],
    ['dev', null],
  ])
  await app.store.transaction(async (tx) => {
    await tx.environments.save({ ...(await tx.environments.lock(project, 'dev')), hold: null })
  })
})

test('what was let past a gate is not attested, and the next environment that asks for a summary says so', async () => {
  const release = await shop.build()
  await promote(release, 'dev')
  const promotion = await promote(release, 'stg')
  const bob = await shop.addMember('bob', ['admin', 'operator'])
  const asked = await requestOverride(app, shop.admin, {
    project,
    id: promotion,
    gate: 'approval',
    reason: 'it burns',
    risk: 'unread',
    expiresAfter: '1h',
  })
  await confirmOverride(app, bob, { project, override: asked.id })
  await shop.drain()
  expect(await shop.promotion(promotion)).toMatchObject({ state: 'succeeded' })
  expect(await told(release)).toEqual([
    ['dev', expect.any(String)],
    ['stg', null],
  ])
  const next = await promote(release, 'prod')
  expect(await shop.promotion(next)).toMatchObject({
    state: 'waiting',
    unmet: [{ id: 'summary', outcome: 'wait', reason: 'no summary of stg counts' }],
  })
})

test('a release with a summary of the environment before goes on', async () => {
  const release = await shop.build()
  for (const environment of ['dev', 'stg', 'prod']) await promote(release, environment, 'hotfix')
  expect((await summaries(release)).map(({ environment }) => environment)).toEqual(['dev', 'stg', 'prod'])
})

test('without a provenance of ours that holds, no level is claimed', async () => {
  const release = await shop.build()
  const { builderId } = app
  app.builderId = 'https://lockflight.example/moved'
  await promote(release, 'dev')
  app.builderId = builderId
  expect(await summaries(release)).toMatchObject([{ inputs: [], levels: ['SLSA_BUILD_LEVEL_UNEVALUATED'] }])
})

test('while the signer is away nothing is written down as succeeded; once it is back, everything is', async () => {
  const release = await shop.build()
  const { sign } = app.signer
  app.signer.sign = async () => {
    throw new Error('the key is locked')
  }
  await expect(promote(release, 'dev')).rejects.toThrow('the key is locked')
  app.signer.sign = sign
  expect([await told(release), await summaries(release)]).toEqual([[], []])
  const { active } = await app.store.read((tx) => tx.environments.get(project, 'dev'))
  shop.jobs.push({ verb: 'advance-promotion', promotion: active! })
  await shop.drain()
  expect(await told(release)).toEqual([['dev', (await summaries(release))[0]!.digest]])
})
