import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { openedHere } from '../../test/rig/opened.ts'
import { shop } from '../../test/rig/server.ts'
import { getStatus } from './get-status.ts'
import { holdEnvironment } from './hold-environment.ts'
import { requestPromotion } from './request-promotion.ts'

const rigOf = (configuration: string) => openedHere(startApp(configuration))

test('status shows at a glance what is live, what waits and why not, and what is held', async () => {
  const rig = await rigOf(shop)
  const { app, admin, project } = rig
  const first = await rig.build()
  await rig.drain()
  const second = await rig.build()
  await rig.drain()
  const ask = { project, release: first.digest, environment: 'prod', class: 'standard' as const, reason: '' }
  await requestPromotion(app, admin, ask)
  await rig.drain()
  await holdEnvironment(app, admin, { project, environment: 'stg', reason: 'audit week' })

  const { environments, releases } = await getStatus(app, admin, { project })
  const [dev, stg, prod] = environments
  expect(environments.map(({ name, after }) => [name, after])).toEqual([
    ['dev', []],
    ['stg', ['dev']],
    ['prod', ['stg']],
  ])
  expect(dev).toMatchObject({ live: { release: second.digest, version: second.version }, waiting: [], active: null })
  expect(stg).toMatchObject({ hold: { by: 'admin@local', reason: 'audit week' }, live: null })
  expect(prod?.waiting).toMatchObject([
    { version: first.version, unmet: 2, state: 'waiting', requestedBy: 'admin@local' },
  ])
  expect(releases.map(({ version, liveIn }) => [version, liveIn])).toEqual([
    [second.version, ['dev']],
    [first.version, []],
  ])
})

test('a change that failed stays in sight although a rollback followed it, until the next one succeeds', async () => {
  const rig = await rigOf(`
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
    verify: [{ use: answer, of: dev }]
    on-failure: rollback
`)
  const { app, admin, project } = rig
  const good = await rig.build()
  await rig.drain()
  const bytes = 'bad'
  const bad = await rig.build({ bytes })
  rig.answers.set(bad.digest, false)
  await rig.drain()
  const failed = (await getStatus(app, admin, { project })).environments[0]
  expect(failed).toMatchObject({
    live: { release: good.digest },
    lastFailed: { release: bad.digest, state: 'failed' },
    hold: { by: 'lockflight@system' },
  })
  expect(failed?.lastFailed?.reason).not.toBe('')
})

test('what failed is told of each release, also after another one has failed there or gone live', async () => {
  const rig = await rigOf(`
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
    verify: [{ use: answer, of: dev }]
  stg: { deploy: { use: target } }
`)
  const { app, admin, project } = rig
  const build = async (bytes: string, isGood: boolean) => {
    const release = await rig.build({ bytes })
    rig.answers.set(release.digest, isGood)
    await rig.drain()
    return release
  }
  const failing = [await build('one', false), await build('two', false)]
  const good = await build('three', true)
  const seen = async () => {
    const { releases } = await getStatus(app, admin, { project })
    return Object.fromEntries(releases.map(({ digest, failedIn }) => [digest, failedIn]))
  }
  expect(await seen()).toEqual({ [failing[0]!.digest]: ['dev'], [failing[1]!.digest]: ['dev'], [good.digest]: [] })

  rig.answers.set(failing[0]!.digest, true)
  await requestPromotion(app, admin, {
    project,
    release: failing[0]!.digest,
    environment: 'dev',
    class: 'standard',
    reason: '',
  })
  await rig.drain()
  expect(await seen()).toEqual({ [failing[0]!.digest]: [], [failing[1]!.digest]: ['dev'], [good.digest]: [] })
})
