import { afterEach, expect, test } from 'vitest'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

const service = `deploy: { use: process, artifact: app.tgz, run: [node, server.mjs], stop-grace: 1s }`

const weightsTold = async () => (await rig.told('rollout.shifted')).map(({ data }) => data['weights'])
const weights = (...candidates: number[]) => candidates.map((candidate) => ({ live: 100 - candidate, candidate }))

test('blue-green: the new release is checked before it gets any traffic, and none of it when the check fails', async () => {
  rig = await startRollouts(
    () => `
${service}
rollout:
  use: blue-green
  router: { use: process }
  check: [{ use: http, contains: green }]
  pause: 1h`,
  )
  await rig.lift('green one')
  const { promotion } = await rig.lift('green two')
  expect(promotion.state).toBe('deploying')
  expect(await rig.answers(3)).toEqual(['green two', 'green two', 'green two'])
  await rig.endPause(promotion.id)
  expect(await rig.promotion(promotion.id)).toMatchObject({ state: 'succeeded' })

  const bad = await rig.lift('red')
  expect(bad.promotion).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('expected a body with "green"'),
  })
  expect(await rig.answers(3)).toEqual(['green two', 'green two', 'green two'])
  expect(await weightsTold()).toEqual(weights(100, 100))
})
