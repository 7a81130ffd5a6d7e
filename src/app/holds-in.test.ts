import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { testKey } from '../../test/rig/log.ts'
import { sequence } from '../log/sequence.ts'
import { hold, holdEnvironment, resumeEnvironment } from './hold-environment.ts'
import { holdsIn } from './holds-in.ts'

let rig: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  rig = await startApp('project: shop\nenvironments:\n  stg: { deploy: { use: target } }\n')
})
afterAll(() => rig.stop())

const steering = { project: 'shop', environment: 'stg', reason: 'looking closer' }
const inOrder = async () => {
  while ((await sequence(rig.pool, testKey, { limit: 1000, seen: null })).outcome === 'extended');
}
const holds = (environment = 'stg') => rig.app.store.read((tx) => holdsIn(tx, 'shop', environment))
const times = async (type: string) =>
  (await rig.entries()).filter((each) => each.type === type).map(({ at }) => new Date(at))

test('a hold counts from when someone asked for it until someone ended it, also while the log is behind', async () => {
  expect(await holds()).toEqual([])
  await holdEnvironment(rig.app, rig.admin, steering)
  const [held] = await times('environment.held')
  expect(await holds()).toEqual([{ from: held, until: null }])
  await inOrder()
  expect(await holds()).toEqual([{ from: held, until: null }])

  await resumeEnvironment(rig.app, rig.admin, steering)
  const [resumed] = await times('environment.resumed')
  const [behind] = await holds()
  expect(behind?.from).toEqual(held)
  expect(behind?.until?.getTime()).toBeGreaterThanOrEqual(resumed!.getTime())
  await inOrder()
  expect(await holds()).toEqual([{ from: held, until: resumed }])

  await holdEnvironment(rig.app, rig.admin, steering)
  await rig.app.store.transaction(async (tx) =>
    hold(tx, await tx.environments.lock('shop', 'stg'), { by: rig.admin.id, reason: 'and closer' }),
  )
  await inOrder()
  expect(await holds()).toHaveLength(2)
  expect(await holds('prod')).toEqual([])
})
