import { afterEach, expect, test } from 'vitest'
import { startApp } from '../rig/app.ts'
import { storyWithDeath } from '../rig/mortal-worker.ts'

let rig: Awaited<ReturnType<typeof startApp>>
afterEach(() => rig.stop())

test('I01 I02 wherever its worker dies, a release whose verification fails is rolled back once', async () => {
  rig = await startApp(`
project: shop
environments:
  prod:
    deploy: { use: target }
    on-failure: rollback
    gates: [{ use: signature }]
    verify: [{ use: answer, of: prod }]
`)
  await storyWithDeath(rig, Infinity, { good: true })
  let deaths = 0
  for (;;) {
    const story = await storyWithDeath(rig, deaths + 1, { good: false })
    if (!story) break
    deaths += 1
    expect({ deaths, ...story }).toEqual({
      deaths,
      ended: { state: 'failed', attempt: 1, active: null, held: true },
      phases: ['replace'],
      told: [
        'deploy.started',
        'deploy.completed',
        'environment.held',
        'promotion.requested',
        'deploy.started',
        'deploy.completed',
        'rollback.executed',
        'environment.held',
      ],
      candidate: [],
    })
  }
  expect(deaths).toBeGreaterThan(20)
})
