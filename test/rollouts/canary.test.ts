import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { requestRollback } from '../../src/app/request-rollback.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

const service = `deploy: { use: process, artifact: app.tgz, run: [node, server.mjs], stop-grace: 1s }`
/** A check that fails while there is a file `fail`. */
const check = (folder: string) => `{ use: command, run: 'test ! -e ${folder}/fail' }`
const fail = () => writeFile(join(rig.folder, 'fail'), '')

const canary = (folder: string) => `
${service}
on-failure: rollback
rollout:
  use: canary
  router: { use: process }
  steps:
    - { weight: 25, pause: 1h, check: [${check(folder)}, { use: http, contains: two }] }
    - { weight: 75, check: [${check(folder)}] }`

const weightsTold = async () => (await rig.told('rollout.shifted')).map(({ data }) => data['weights'])
const weights = (...candidates: number[]) => candidates.map((candidate) => ({ live: 100 - candidate, candidate }))

test('a canary gets its share of the traffic step by step, and then all of it', async () => {
  rig = await startRollouts(canary)
  const first = await rig.lift('two, the first')
  expect(first.promotion.state).toBe('succeeded')
  expect(await weightsTold()).toEqual(weights(100))

  const { promotion, release } = await rig.lift('two')
  expect(promotion.state).toBe('deploying')
  expect((await rig.answers(8)).filter((text) => text === 'two')).toHaveLength(2)
  expect(await weightsTold()).toEqual(weights(100, 25))

  await rig.endPause(promotion.id)
  expect(await rig.promotion(promotion.id)).toMatchObject({ state: 'succeeded' })
  expect(await weightsTold()).toEqual(weights(100, 25, 75, 100))
  expect(await rig.answers(4)).toEqual(['two', 'two', 'two', 'two'])
  const [, , { data } = { data: {} }] = await rig.told('rollout.shifted')
  expect(data).toMatchObject({ attempt: 1, fence: 2, release: release.digest })

  await requestRollback(rig.app, rig.admin, { project: rig.project, environment: 'prod', reason: 'back at once' })
  await rig.drain()
  expect(await rig.answers(4)).toEqual(Array.from({ length: 4 }, () => 'two, the first'))
  expect(await weightsTold()).toEqual(weights(100, 25, 75, 100, 100))
})

test('a canary that cannot be taken back leaves its environment held, with the reason', async () => {
  rig = await startRollouts(
    (folder) => `
deploy: { use: command, run: 'test $LOCKFLIGHT_PHASE != discard' }
rollout:
  use: canary
  router: { use: command, run: 'true' }
  steps: [{ weight: 25, check: [${check(folder)}] }]`,
  )
  await rig.lift('one')
  await fail()
  const { promotion } = await rig.lift('two')
  expect(promotion).toMatchObject({ state: 'failed', reason: expect.stringContaining('; aborting failed too: ') })
  const reason = `promotion ${promotion.id} failed half-way: ${promotion.reason}`
  expect((await rig.here()).hold).toMatchObject({ by: 'lockflight@system', reason })
  expect((await rig.told('environment.held')).map(({ data }) => data['reason'])).toEqual([reason])
})

test('a canary whose check fails is taken back: all traffic to the old release, the new one gone, nothing rolled back', async () => {
  rig = await startRollouts(canary)
  await rig.lift('two, the first')
  const { promotion } = await rig.lift('two')
  await fail()
  await rig.endPause(promotion.id)
  expect(await rig.promotion(promotion.id)).toMatchObject({
    state: 'failed',
    reason: 'command: the script ended with exit code 1',
  })
  expect(await weightsTold()).toEqual(weights(100, 25, 0))
  expect(await rig.answers(4)).toEqual(Array.from({ length: 4 }, () => 'two, the first'))
  const phases = (await rig.events())
    .filter(({ promotion: id }) => id === promotion.id)
    .map(({ phase, event }) => [phase, event])
  expect(phases).toEqual([
    ['start', 'started'],
    ['start', 'finished'],
    ['discard', 'started'],
    ['discard', 'finished'],
  ])
  const requested = (await rig.told('promotion.requested')).map(({ data }) => data['class'])
  expect(requested).toEqual(['standard', 'standard'])
  expect(await rig.here()).toMatchObject({ active: null, hold: null })
  const completed = (await rig.told('deploy.completed')).at(-1)
  expect(completed?.data).toMatchObject({ outcome: 'failed', class: 'standard', rollbackOf: null })

  await rm(join(rig.folder, 'fail'))
  const next = await rig.lift('two, the third')
  await rig.endPause(next.promotion.id)
  expect(await rig.answers()).toEqual(['two, the third'])
})
