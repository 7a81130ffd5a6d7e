import { afterEach, expect, test } from 'vitest'
import { getStatus } from '../../src/app/get-status.ts'
import { holdEnvironment, resumeEnvironment } from '../../src/app/hold-environment.ts'
import { takeDown } from '../../src/app/take-down.ts'
import { processesOf, textOf } from '../rig/deployers.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

const where = () => ({ project: rig.project, environment: 'prod', reason: 'not needed any more' })

test('what is taken down is gone with all its processes, stays so, and starts again at the same address', async () => {
  rig = await startRollouts(
    () => `deploy: { use: process, artifact: app.tgz, run: [node, server.mjs], stop-grace: 1s }`,
  )
  const { app, admin } = rig
  await expect(takeDown(app, admin, where())).rejects.toMatchObject({ code: 'conflict', reason: 'nothing_live' })
  const { release, promotion } = await rig.lift('one')
  const { url } = (await getStatus(app, admin, { project: rig.project })).environments[0]!.live!
  expect(await textOf(url!)).toBe('one')

  const viewer = await rig.addMember('vi', ['developer'])
  await expect(takeDown(app, viewer, where())).rejects.toMatchObject({ code: 'forbidden' })
  await takeDown(app, admin, where())
  await rig.drain()
  await expect(textOf(url!)).rejects.toThrow('fetch failed')
  expect(await processesOf(rig.targets)).toEqual([])
  const [prod] = (await getStatus(app, admin, { project: rig.project })).environments
  expect(prod).toMatchObject({ live: null, hold: { by: admin.id, reason: 'taken down: not needed any more' } })
  const told = (await rig.told('environment.taken-down')).map(({ actor, data }) => ({ actor, ...data }))
  const said = { reason: 'not needed any more', release: release.digest, promotion: promotion.id }
  expect(told).toEqual([{ actor: admin.id, ...said }])

  const again = await rig.pack('two')
  const { id } = await rig.ask(again)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting' })
  await resumeEnvironment(app, admin, where())
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  expect(await textOf(url!)).toBe('two')

  // A job that comes late, about what ran before, ends nothing.
  await app.store.transaction((tx) =>
    tx.enqueue({ verb: 'take-down', project: rig.project, environment: 'prod', fence: 1 }),
  )
  await rig.drain()
  expect(await textOf(url!)).toBe('two')

  // Whoever held it before that is still told.
  await holdEnvironment(app, admin, { ...where(), reason: 'data is being repaired' })
  const { hold } = await takeDown(app, admin, where())
  expect(hold?.reason).toBe('taken down: not needed any more; held before that by admin@local: data is being repaired')
})

test('where a deployer has no way to take anything down that is said, and nothing changes', async () => {
  rig = await startRollouts(() => `deploy: { use: command, run: 'true' }`)
  await rig.lift('one')
  const refused = takeDown(rig.app, rig.admin, where())
  await expect(refused).rejects.toMatchObject({ code: 'unprocessable', reason: 'cannot_take_down' })
  expect(await rig.here()).toMatchObject({ hold: null })
})
