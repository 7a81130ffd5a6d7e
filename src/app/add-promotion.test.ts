import { afterEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { committingWhen } from '../../test/rig/late-commit.ts'
import type { Release } from '../core/release.ts'
import { advancePromotion } from './advance-promotion.ts'
import type { App } from './app.ts'
import { holdEnvironment, resumeEnvironment } from './hold-environment.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

async function request({ digest }: Release, environment: string, app: App = rig.app): Promise<string> {
  const ask = { project: rig.project, release: digest, environment, class: 'standard' as const, reason: '' }
  return (await requestPromotion(app, rig.admin, ask)).id
}

async function stateOf(id: string) {
  return (await rig.promotion(id)).state
}

/** True once all of that is over, or waits for something. */
function overOrWaiting(...all: Promise<unknown>[]): () => Promise<boolean> {
  let over = false
  void Promise.allSettled(all).then(() => (over = true))
  return async () => over || (await rig.someoneWaits())
}

test('who asks while an environment is being resumed is not forgotten', async () => {
  rig = await startApp('{ project: shop, environments: { dev: { deploy: { use: target } } } }')
  const { app, admin, project } = rig
  const release = await rig.build()
  await holdEnvironment(app, admin, { project, environment: 'dev', reason: 'lunch' })

  const looked = Promise.withResolvers<void>()
  const judged = looked.promise.then(async () => {
    const id = await request(release, 'dev')
    await rig.drain()
    return id
  })
  const isSo = overOrWaiting(judged)
  // Whom to wake was looked up before anyone asked; it commits once the newcomer was judged, or has to wait.
  const late = committingWhen(app, () => {
    looked.resolve()
    return isSo()
  })
  await resumeEnvironment(late, admin, { project, environment: 'dev', reason: 'back' })
  const id = await judged
  await rig.drain()
  expect(await stateOf(id)).toBe('succeeded')
})

test('a release that succeeds in two environments at the same moment goes on to the one after both', async () => {
  rig = await startApp(`
project: shop
environments:
  east: { deploy: { use: target } }
  west: { deploy: { use: target } }
  prod: { after: [east, west], promote: auto, deploy: { use: target } }
`)
  const release = await rig.build()
  const [east, west] = [await request(release, 'east'), await request(release, 'west')]
  const advance = (id: string, app = rig.app) => advancePromotion(app, id, AbortSignal.timeout(20_000))
  for (const id of [east, west]) while ((await stateOf(id)) !== 'verifying') await advance(id)

  const arrived = new Set<string>()
  const together = (id: string) =>
    committingWhen(rig.app, async () => arrived.add(id).size === 2 || (await rig.someoneWaits()))
  await Promise.all([advance(east, together(east)), advance(west, together(west))])
  await rig.drain()
  expect(rig.target.live.get('prod')).toBe(release.digest)
})

const withApproval = `
project: shop
environments:
  dev: { deploy: { use: target } }
  prod: { after: [dev], promote: auto, gates: [{ use: approval }], deploy: { use: target } }
`

test('a request replaces one that is being judged at that moment, instead of being refused', async () => {
  rig = await startApp(withApproval)
  const [one, two] = [await rig.build(), await rig.build()]
  const older = await request(one, 'prod')
  const { asking } = await rig.app.store.transaction(async (tx) => {
    await tx.promotions.save({ ...(await tx.promotions.lock(older)), recheckAt: tx.now })
    const asked = request(two, 'prod')
    await expect.poll(overOrWaiting(asked)).toBe(true)
    return { asking: asked }
  })
  const ids = [older, await asking]
  expect(await Promise.all(ids.map(stateOf))).toEqual(['superseded', 'waiting'])
})

test('of two who ask at the same moment the second replaces the first', async () => {
  rig = await startApp(withApproval)
  const [one, two] = [await rig.build(), await rig.build()]
  const here = Promise.withResolvers<void>()
  const second = here.promise.then(() => request(two, 'prod'))
  const isSo = overOrWaiting(second)
  const late = committingWhen(rig.app, () => {
    here.resolve()
    return isSo()
  })
  const ids = [await request(one, 'prod', late), await second]
  expect(await Promise.all(ids.map(stateOf))).toEqual(['superseded', 'waiting'])
})

test('automation puts no older release in the place of a newer one that waits', async () => {
  rig = await startApp(withApproval)
  const [older, newer] = [await rig.build(), await rig.build()]
  for (const release of [newer, older]) {
    await request(release, 'dev')
    await rig.drain()
  }
  const waiting = await rig.app.store.read((tx) => tx.promotions.waitingIn(rig.project, 'prod'))
  expect(waiting.map(({ release }) => release)).toEqual([newer.digest])
})
