import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { lockflight } from '../core/actor.ts'
import { holdAutomatically, holdEnvironment, resumeEnvironment } from './hold-environment.ts'

let rig: Awaited<ReturnType<typeof startApp>>
beforeAll(async () => {
  rig = await startApp('project: shop\nenvironments:\n  stg: { deploy: { use: target } }\n')
})
afterAll(() => rig.stop())

const steering = (reason: string) => ({ project: 'shop', environment: 'stg', reason })
const holdNow = () => rig.app.store.read(async (tx) => (await tx.environments.get('shop', 'stg')).hold)
const automatically = (reason: string) =>
  rig.app.store.transaction(async (tx) => holdAutomatically(tx, await tx.environments.lock('shop', 'stg'), reason))

test('a second hold is refused with who holds it, since when and why, and the first one stays', async () => {
  const ana = await rig.addMember('ana', ['operator'])
  const { hold } = await holdEnvironment(rig.app, ana, steering('do not resume: data is being repaired'))
  await expect(holdEnvironment(rig.app, rig.admin, steering('lunch'))).rejects.toMatchObject({
    code: 'conflict',
    reason: 'already_held',
    message:
      `stg is held already, by ana@local since ${hold?.at.toISOString()}: do not resume: data is being repaired. ` +
      'It stays so until someone ends it: lockflight resume --env stg --reason …',
  })
  await automatically('rolled back to 11')
  expect(await holdNow()).toEqual(hold)
  const held = (await rig.entries()).filter(({ type }) => type === 'environment.held')
  expect(held.map(({ actor }) => actor)).toEqual(['ana@local'])
  await resumeEnvironment(rig.app, ana, steering('repaired'))
})

test('a hold that automation set after a rollback keeps its reason as well, and automation may set a newer one', async () => {
  await automatically('rolling back to 11: it did not answer')
  await automatically('rolled back to 11')
  await expect(holdEnvironment(rig.app, rig.admin, steering('lunch'))).rejects.toThrow(
    /lockflight@system .*: rolled back/,
  )
  expect(await holdNow()).toMatchObject({ by: lockflight.id, reason: 'rolled back to 11' })
})
