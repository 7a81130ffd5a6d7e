import { afterEach, expect, test } from 'vitest'
import { startApp } from '../rig/app.ts'
import { storyWithDeath } from '../rig/mortal-worker.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

test.for([
  {
    name: 'a canary that is fine',
    good: true,
    expected: {
      ended: { state: 'succeeded', attempt: 1, active: null, held: false },
      phases: ['start', 'finish'],
      told: ['deploy.started', 'rollout.shifted', 'rollout.shifted', 'deploy.completed'],
      candidate: [50, 100],
    },
  },
  {
    name: 'a canary whose check fails',
    good: false,
    expected: {
      ended: { state: 'failed', attempt: 1, active: null, held: false },
      phases: ['start', 'discard'],
      told: ['deploy.started', 'rollout.shifted', 'rollout.shifted', 'deploy.completed'],
      candidate: [50, 0],
    },
  },
])('I01 I02 wherever its worker dies, $name ends once, and as if it had lived', async ({ good, expected }) => {
  rig = await startApp(`
project: shop
environments:
  prod:
    deploy: { use: target }
    on-failure: rollback
    gates: [{ use: signature }]
    rollout: { use: canary, router: { use: none }, steps: [{ weight: 50, check: [{ use: answer, of: prod }] }] }
`)
  await storyWithDeath(rig, Infinity, { good: true })
  let deaths = 0
  for (
    let story = await storyWithDeath(rig, 1, { good });
    story;
    story = await storyWithDeath(rig, deaths + 1, { good })
  ) {
    deaths += 1
    expect({ deaths, ...story }).toEqual({ deaths, ...expected })
  }
  expect(deaths).toBeGreaterThan(20)
})
