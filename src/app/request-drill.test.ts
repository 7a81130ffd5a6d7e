import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { testKey } from '../../test/rig/log.ts'
import { readDrillReceipt, type Drill } from '../core/drill.ts'
import { Refusal } from '../core/refusal.ts'
import type { Release } from '../core/release.ts'
import { verifyBundle } from '../core/verify-bundle.ts'
import { sequence } from '../log/sequence.ts'
import { advancePromotion } from './advance-promotion.ts'
import { cancelPromotion } from './cancel-promotion.ts'
import { metricsOf } from './get-metrics.ts'
import { holdEnvironment, resumeEnvironment } from './hold-environment.ts'
import { requestDrill } from './request-drill.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'

const project = 'shop'
const environment = 'stg'
const configuration = `
project: shop
environments:
  stg:
    deploy: { use: target }
    on-failure: rollback
    verify: [{ use: answer, of: it }]
    gates: [{ use: approval, classes: [hotfix] }, { use: soak, for: 9d, in: [stg], classes: [hotfix] }]
  empty:
    deploy: { use: target }
  prod:
    after: [stg]
    promote: auto
    deploy: { use: target }
    gates: [{ use: drill, within: 1h }]
`

let rig: Awaited<ReturnType<typeof startApp>>
let before: Release
let live: Release
beforeAll(async () => {
  rig = await startApp(configuration)
})
afterAll(() => rig.stop())

/** Each test begins with two healthy releases in stg and no hold. */
beforeEach(async () => {
  rig.answers.clear()
  rig.target.before = async () => undefined
  await rig.drain()
  await rig.app.store.transaction(async (tx) => {
    await tx.environments.save({ ...(await tx.environments.lock(project, environment)), hold: null })
  })
  before = await promoted()
  live = await promoted()
})

async function promoted() {
  const release = await rig.build()
  await promote(release)
  await rig.drain()
  return release
}

const promote = ({ digest }: Release) =>
  requestPromotion(rig.app, rig.admin, { project, environment, release: digest, class: 'standard', reason: '' })
const start = () => requestDrill(rig.app, rig.admin, { project, environment, reason: 'monthly' })

const drillNow = async (id: string): Promise<Drill> => {
  const drills = await rig.app.store.read((tx) => tx.drills.list({ project, environment, limit: 50 }))
  return drills.find((one) => one.id === id)!
}
const liveNow = () => rig.app.store.read(async (tx) => (await tx.deployments.live(project, environment))?.release)
const holdNow = () => rig.app.store.read(async (tx) => (await tx.environments.get(project, environment)).hold)
const deployments = () => rig.app.store.read((tx) => tx.deployments.list({ project, environment, limit: 50 }))

test('a drill goes back to the release before and forth again, and leaves everything as it was, with a signed receipt', async () => {
  const inProd = () => rig.app.store.read((tx) => tx.deployments.live(project, 'prod'))
  expect(await inProd()).toBe(null)
  const { id, back: asked } = await start()
  expect(await holdNow()).toBe(null)
  await advancePromotion(rig.app, asked, AbortSignal.timeout(20_000))
  expect(await holdNow()).toMatchObject({ by: 'lockflight@system', reason: `drill ${id}: monthly` })
  const waiting = await promote(before)
  await rig.drain()
  const done = await drillNow(id)
  expect(done).toMatchObject({ state: 'succeeded', release: live.digest, target: before.digest, reason: '' })
  const [forth, back] = (await deployments()).filter(({ class: kind }) => kind === 'drill')
  expect([back?.release, forth?.release]).toEqual([before.digest, live.digest])

  const about = await rig.app.store.read(async (tx) => ({
    attestations: await tx.attestations.of(project, live.digest),
    keys: await tx.keys.list(),
  }))
  const receipt = about.attestations.find(({ digest }) => digest === done.receipt)
  const checked = verifyBundle(receipt?.bundle, about.keys)
  expect(checked.verified && readDrillReceipt(checked.statement)).toMatchObject({
    drill: id,
    environment,
    release: { digest: live.digest, version: live.version },
    target: { digest: before.digest, version: before.version },
    back: { promotion: back?.promotion, fence: back?.fence },
    forth: { promotion: forth?.promotion, fence: forth?.fence },
    executor: rig.app.builderId,
  })

  const said = (await rig.entries()).filter(({ subject, type }) => subject === id || type.startsWith('environment.'))
  expect(said.slice(-4).map(({ type }) => type)).toEqual([
    'drill.started',
    'environment.held',
    'drill.completed',
    'environment.resumed',
  ])
  // What waited for the drill, and for the end of the hold, goes on by itself.
  expect((await inProd())?.release).toBe(live.digest)
  expect(await rig.promotion(waiting.id)).toMatchObject({ state: 'succeeded' })
  expect(await liveNow()).toBe(before.digest)
  expect(await holdNow()).toBe(null)
})

test('drills count in no delivery metric, and the log tells the same story as the records', async () => {
  const measured = async () => {
    while ((await sequence(rig.pool, testKey, { limit: 1000, seen: null })).outcome === 'extended');
    return rig.app.store.read((tx) => metricsOf(tx, { project, environment }, 30))
  }
  const earlier = await measured()
  expect(earlier.deployments).toBeGreaterThan(1)
  const { id } = await start()
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'succeeded' })
  rig.answers.set(before.digest, false)
  await start()
  await rig.drain()
  expect(await measured()).toEqual(earlier)
  const discrepancies = await rig.app.store.read((tx) => tx.entries.discrepancies())
  const kinds = new Set(['drill', 'promotion', 'deployment', 'fence', 'release'])
  expect(discrepancies.filter(({ kind }) => kinds.has(kind))).toEqual([])
})

test('a drill begins only where all is well and nothing else goes on', async () => {
  const refusal = (reason: string) => expect.objectContaining({ reason })
  const { id, back: asked } = await start()
  await expect(start()).rejects.toEqual(refusal('drill_running'))
  await advancePromotion(rig.app, asked, AbortSignal.timeout(20_000))
  await expect(start()).rejects.toEqual(refusal('not_quiet'))
  await expect(resumeEnvironment(rig.app, rig.admin, { project, environment, reason: 'now' })).rejects.toEqual(
    refusal('drill_running'),
  )
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'succeeded' })

  await holdEnvironment(rig.app, rig.admin, { project, environment, reason: 'market day' })
  await expect(start()).rejects.toEqual(refusal('not_quiet'))
  await resumeEnvironment(rig.app, rig.admin, { project, environment, reason: 'over' })

  await expect(requestDrill(rig.app, rig.admin, { project, environment: 'empty', reason: 'x' })).rejects.toEqual(
    refusal('not_healthy'),
  )
  const bad = await rig.build()
  rig.answers.set(bad.digest, false)
  rig.target.before = async () => {
    throw new Refusal('unprocessable', 'no room')
  }
  await promote(bad)
  await rig.drain()
  await rig.app.store.transaction(async (tx) => {
    await tx.environments.save({ ...(await tx.environments.lock(project, environment)), hold: null })
  })
  await expect(start()).rejects.toEqual(refusal('not_healthy'))
  const viewer = await rig.addMember('vera', ['viewer'])
  await expect(requestDrill(rig.app, viewer, { project, environment, reason: 'x' })).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a way back that fails ends the drill, brings the live release back and leaves the environment held', async () => {
  rig.answers.set(before.digest, false)
  const { id } = await start()
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({
    state: 'failed',
    receipt: null,
    reason: expect.stringContaining('it was asked'),
  })
  expect(await liveNow()).toBe(live.digest)
  expect((await deployments()).slice(0, 2).map(({ class: kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'drill succeeded',
    'drill failed',
  ])
  expect((await holdNow())?.reason).toMatch(/^the drill of stg failed: /)
})

test('a way forth that fails ends the drill with the environment held, and nothing is tried by itself', async () => {
  const { id } = await start()
  rig.answers.set(live.digest, false)
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'failed', forth: expect.any(String) })
  expect(await liveNow()).toBe(before.digest)
  expect((await holdNow())?.reason).toMatch(/^the drill of stg failed: /)
  expect((await deployments()).filter(({ class: kind }) => kind === 'rollback')).toEqual([])
})

test('a rollback that someone asks for ends the drill, and nothing undoes it', async () => {
  const { id, back } = await start()
  const rollback = await requestRollback(rig.app, rig.admin, { project, environment, reason: 'orders fail' })
  expect(rollback.release).toBe(before.digest)
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'failed', reason: 'a rollback was asked for' })
  expect(await rig.promotion(back)).toMatchObject({ state: 'cancelled' })
  expect(await rig.promotion(rollback.id)).toMatchObject({ state: 'succeeded' })
  expect(await liveNow()).toBe(before.digest)
})

test('a rollback after a deployment that failed ends the drill that still waits, and nothing undoes it', async () => {
  const { id, back } = await start()
  rig.jobs.splice(0)
  const bad = await rig.build()
  rig.answers.set(bad.digest, false)
  const failed = await promote(bad)
  await rig.drain()
  expect(await rig.promotion(failed.id)).toMatchObject({ state: 'failed' })
  const [rollback] = await deployments()
  expect(rollback).toMatchObject({ class: 'rollback', outcome: 'succeeded', release: live.digest })
  expect(await drillNow(id)).toMatchObject({ state: 'failed', reason: `promotion ${failed.id} failed in stg` })
  expect(await rig.promotion(back)).toMatchObject({ state: 'cancelled' })
  expect((await holdNow())?.reason).toBe(`rolled back to ${live.version}`)

  await resumeEnvironment(rig.app, rig.admin, { project, environment, reason: 'looked' })
  await rig.drain()
  expect(await liveNow()).toBe(live.digest)
})

test('a drill whose promotion is cancelled has failed, and a person decides what next', async () => {
  const { id, back } = await start()
  await cancelPromotion(rig.app, rig.admin, { project, id: back, reason: 'not now' })
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'failed', reason: `promotion ${back} was cancelled: not now` })
  expect(await liveNow()).toBe(live.digest)
  expect(await holdNow()).toBe(null)

  const again = await start()
  await advancePromotion(rig.app, again.back, AbortSignal.timeout(20_000))
  await advancePromotion(rig.app, again.back, AbortSignal.timeout(20_000))
  await advancePromotion(rig.app, again.back, AbortSignal.timeout(20_000))
  rig.jobs.splice(0)
  const { forth } = await drillNow(again.id)
  await cancelPromotion(rig.app, rig.admin, { project, id: forth!, reason: 'stay here' })
  expect(await drillNow(again.id)).toMatchObject({ state: 'failed' })
  expect(await liveNow()).toBe(before.digest)
  expect((await holdNow())?.reason).toMatch(/^the drill of stg failed: .*stay here$/)
})

test('a drill does not begin once another release is live, nor while a person holds the environment', async () => {
  const { id, back } = await start()
  rig.jobs.splice(0)
  await holdEnvironment(rig.app, rig.admin, { project, environment, reason: 'market day' })
  await advancePromotion(rig.app, back, AbortSignal.timeout(20_000))
  expect(await rig.promotion(back)).toMatchObject({ state: 'waiting', unmet: [{ id: 'held' }] })
  await resumeEnvironment(rig.app, rig.admin, { project, environment, reason: 'over' })
  rig.jobs.splice(0)
  const newer = await promoted()
  await advancePromotion(rig.app, back, AbortSignal.timeout(20_000))
  expect(await drillNow(id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('another release went live'),
  })
  expect(await liveNow()).toBe(newer.digest)
  expect(await holdNow()).toBe(null)
})

test('a hold that a person sets during a drill keeps nothing from coming back, and stays', async () => {
  const { id, back } = await start()
  await advancePromotion(rig.app, back, AbortSignal.timeout(20_000))
  await holdEnvironment(rig.app, rig.admin, { project, environment, reason: 'market day' })
  await rig.drain()
  expect(await drillNow(id)).toMatchObject({ state: 'succeeded' })
  expect(await liveNow()).toBe(live.digest)
  expect(await holdNow()).toMatchObject({ reason: 'market day' })
})

test('a rollback after a drill goes to the release before the live one, as if there had been no drill', async () => {
  await start()
  await rig.drain()
  expect((await requestRollback(rig.app, rig.admin, { project, environment, reason: 'bad' })).release).toBe(
    before.digest,
  )
})

test('while the signer is away a drill does not end; it ends once when jobs are repeated', async () => {
  const { signer } = rig.app
  const { id, back } = await start()
  rig.app.signer = { ...signer, sign: () => Promise.reject(new Error('the signer is away')) }
  await expect(rig.drain()).rejects.toThrow('the signer is away')
  rig.app.signer = signer
  const { state, forth } = await drillNow(id)
  expect(state).toBe('running')
  expect((await holdNow())?.reason).toBe(`drill ${id}: monthly`)

  const again = () => advancePromotion(rig.app, forth ?? '', AbortSignal.timeout(20_000))
  await again()
  expect(await drillNow(id)).toMatchObject({ state: 'succeeded' })
  const entries = await rig.entries()
  await again()
  await advancePromotion(rig.app, back, AbortSignal.timeout(20_000))
  expect(await rig.entries()).toEqual(entries)
  expect(entries.filter(({ subject, type }) => subject === id && type === 'drill.completed')).toHaveLength(1)
})
