import { expect, test } from 'vitest'
import { answerPromotion } from '../src/app/answer-promotion.ts'
import { cancelPromotion } from '../src/app/cancel-promotion.ts'
import { explainPromotion, previewPromotion } from '../src/app/explain-promotion.ts'
import { holdEnvironment, resumeEnvironment } from '../src/app/hold-environment.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { startApp } from './rig/app.ts'
import { openedHere } from './rig/opened.ts'

const rigOf = (configuration: string) => openedHere(startApp(configuration))

const threeEnvironments = `
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
  stg:
    after: [dev]
    promote: auto
    deploy: { use: target }
    gates: [{ use: quality }, { use: signature }]
  prod:
    after: [stg]
    deploy: { use: target }
    on-failure: rollback
    verify: [{ use: answer, of: prod }]
    gates:
      - use: signature
      - use: provenance
        builders: [https://lockflight.example/test]
      - { use: approval, count: 2, exclude: [requester, author] }
`

test('a release is lifted from dev to prod, and the log tells the whole story', async () => {
  const rig = await rigOf(threeEnvironments)
  const { app, project } = rig
  const bob = await rig.addMember('bob', ['approver'])
  const cyd = await rig.addMember('cyd', ['approver'])
  const release = await rig.build()
  await rig.drain()
  expect(rig.target.live.get('dev')).toBe(release.digest)
  expect(rig.target.live.get('stg')).toBe(release.digest)

  const ask = { project, release: release.version, environment: 'prod', class: 'standard' as const, reason: 'go' }
  const { id } = await requestPromotion(app, rig.admin, ask)
  await rig.drain()
  const why = await explainPromotion(app, rig.admin, { project, id })
  expect(why.next).toBe('wait')
  expect(why.unmet.map(({ id: gate }) => gate)).toEqual(['approval'])
  expect(why.passed.map(({ id: gate }) => gate)).toEqual(['upstream', 'signature', 'provenance'])

  for (const person of [bob, cyd])
    await answerPromotion(app, person, { project, id, decision: 'approve', reason: 'ok' })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect(rig.target.live.get('prod')).toBe(release.digest)

  const told = (await rig.entries()).filter(({ subject }) => subject === id).map(({ type }) => type)
  expect(told).toEqual([
    'promotion.requested',
    'gate.passed',
    'gate.passed',
    'gate.passed',
    'gate.waiting',
    'approval.granted',
    'approval.granted',
    'gate.passed',
    'deploy.started',
    'deploy.completed',
  ])
})

test('a release that fails its verification in prod is rolled back, and prod is held', async () => {
  const rig = await rigOf(threeEnvironments.replace('count: 2', 'count: 1'))
  const { app, project } = rig
  const bob = await rig.addMember('bob', ['approver'])
  const lift = async () => {
    const release = await rig.build()
    await rig.drain()
    const ask = { project, release: release.digest, environment: 'prod', class: 'standard' as const, reason: '' }
    const { id } = await requestPromotion(app, rig.admin, ask)
    await answerPromotion(app, bob, { project, id, decision: 'approve', reason: '' })
    return { release, id }
  }
  const good = await lift()
  await rig.drain()
  const bad = await lift()
  rig.answers.set(bad.release.digest, false)
  await rig.drain()

  expect(await rig.promotion(good.id)).toMatchObject({ state: 'succeeded' })
  expect(await rig.promotion(bad.id)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('prod was asked'),
  })
  expect(rig.target.live.get('prod')).toBe(good.release.digest)
  const types = (await rig.entries()).filter(({ environment }) => environment === 'prod').map(({ type }) => type)
  expect(types.slice(types.lastIndexOf('promotion.requested') - 2)).toEqual([
    'deploy.completed',
    'environment.held',
    'promotion.requested',
    'gate.passed',
    'gate.passed',
    'gate.passed',
    'deploy.started',
    'deploy.completed',
    'rollback.executed',
    'environment.held',
  ])
  const { hold } = await app.store.read((tx) => tx.environments.get(project, 'prod'))
  expect(hold?.reason).toBe(`rolled back to ${good.release.version}`)
})

test('a promotion into a held environment waits, and goes on when someone resumes it', async () => {
  const rig = await rigOf(threeEnvironments)
  const { app, project, admin } = rig
  await holdEnvironment(app, admin, { project, environment: 'dev', reason: 'market day' })
  const release = await rig.build()
  await rig.drain()
  const [waiting] = await app.store.read((tx) => tx.promotions.waitingIn(project, 'dev'))
  expect(waiting?.unmet).toMatchObject([{ id: 'held', reason: 'dev is held: market day' }])

  await resumeEnvironment(app, admin, { project, environment: 'dev', reason: 'over' })
  await rig.drain()
  expect(rig.target.live.get('dev')).toBe(release.digest)
})

test('a newer release takes the place of one that waits', async () => {
  const rig = await rigOf(threeEnvironments)
  await rig.build({ tests: { failed: 1, passed: 2 } })
  await rig.drain()
  const [first] = await rig.app.store.read((tx) => tx.promotions.waitingIn(rig.project, 'stg'))
  expect(first?.unmet).toMatchObject([{ id: 'quality', outcome: 'fail' }])

  const fixed = await rig.build()
  await rig.drain()
  expect(await rig.promotion(first?.id ?? '')).toMatchObject({ state: 'superseded' })
  expect(rig.target.live.get('stg')).toBe(fixed.digest)
})

test('an environment that comes after several waits for all of them', async () => {
  const rig = await rigOf(`
project: shop
environments:
  east: { promote: auto, deploy: { use: target } }
  west: { promote: manual, deploy: { use: target } }
  prod: { after: [east, west], promote: auto, deploy: { use: target } }
`)
  const { app, project, admin } = rig
  const release = await rig.build()
  await rig.drain()
  expect(rig.target.live.get('prod')).toBeUndefined()

  const ask = { project, release: release.digest, environment: 'west', class: 'standard' as const, reason: '' }
  await requestPromotion(app, admin, ask)
  await rig.drain()
  expect(rig.target.live.get('prod')).toBe(release.digest)
})

test('a soak is waited for without anyone asking again', async () => {
  const rig = await rigOf(`
project: shop
environments:
  dev: { promote: auto, deploy: { use: target } }
  prod:
    after: [dev]
    promote: auto
    deploy: { use: target }
    gates: [{ use: soak, for: 2s }]
`)
  const release = await rig.build()
  await rig.drain()
  const [waiting] = await rig.app.store.read((tx) => tx.promotions.waitingIn(rig.project, 'prod'))
  expect(waiting?.unmet).toMatchObject([{ id: 'soak', outcome: 'wait' }])
  await rig.drainUntil(async () => rig.target.live.get('prod') === release.digest)
})

test('a promotion that waited too long expires', async () => {
  const rig = await rigOf(`
project: shop
environments:
  prod:
    promote: auto
    expires-after: 1s
    deploy: { use: target }
    gates: [{ use: approval }]
`)
  await rig.build()
  await rig.drain()
  const [{ id } = { id: '' }] = await rig.app.store.read((tx) => tx.promotions.waitingIn(rig.project, 'prod'))
  await rig.drainUntil(async () => (await rig.promotion(id)).state === 'expired')
  expect((await rig.entries()).at(-1)).toMatchObject({ type: 'promotion.expired', subject: id })
})

test('a dry run says what would happen, and writes nothing', async () => {
  const rig = await rigOf(threeEnvironments)
  const { app, project, admin } = rig
  const release = await rig.build()
  const before = await rig.entries()
  const ask = { project, release: release.digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const preview = await previewPromotion(app, admin, ask)
  expect(preview.unmet.map(({ id }) => id)).toEqual(['upstream', 'approval'])
  expect(await rig.entries()).toEqual(before)
  expect(rig.target.executions).toEqual([])
})

test('a cancelled promotion never starts', async () => {
  const rig = await rigOf(threeEnvironments)
  const { app, project, admin } = rig
  const release = await rig.build()
  await rig.drain()
  const ask = { project, release: release.digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, ask)
  await cancelPromotion(app, admin, { project, id, reason: 'not today' })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'cancelled', reason: 'not today' })
  await expect(cancelPromotion(app, admin, { project, id, reason: '' })).rejects.toMatchObject({ code: 'conflict' })
})
