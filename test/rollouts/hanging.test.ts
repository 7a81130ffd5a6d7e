import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { processesOf, until } from '../rig/deployers.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

/** The second release never gets done with its first phase. */
const canary = (folder: string) => `
deploy:
  use: command
  run: |
    echo "$LOCKFLIGHT_PHASE $LOCKFLIGHT_FENCE" >> ${folder}/effects
    until test "$LOCKFLIGHT_PHASE $LOCKFLIGHT_FENCE" != "start 2"; do sleep 0.1; done
deploy-timeout: 5s
on-failure: rollback
rollout: { use: canary, router: { use: command, run: 'true' }, steps: [{ weight: 10 }] }`

test('what hangs is given up in time and taken away, and nothing of it runs on', async () => {
  rig = await startRollouts(canary)
  await rig.lift('one')
  const { promotion } = await rig.lift('two')
  expect(promotion).toMatchObject({ state: 'failed', reason: 'not done within 5s' })
  expect(await rig.lines('effects')).toEqual(['start 1', 'finish 1', 'start 2', 'discard 2'])
  await until('nothing runs there', async () => (await processesOf(rig.targets)).length === 0)
  expect(await rig.told('promotion.requested')).toHaveLength(2)
})

test('a check that takes longer than the deployment may is given up when the time is up, not when it is done', async () => {
  rig = await startRollouts(
    (folder) => `
deploy: { use: command, run: 'true' }
deploy-timeout: 2s
rollout:
  use: blue-green
  router: { use: command, run: 'true' }
  check: [{ use: command, timeout: 30s, run: 'until test -e ${folder}/over; do sleep 0.1; done' }]`,
  )
  const began = performance.now()
  const { promotion } = await rig.lift('one')
  expect(promotion).toMatchObject({ state: 'failed', reason: 'not done within 2s' })
  expect(performance.now() - began).toBeLessThan(12_000)
  await writeFile(join(rig.folder, 'over'), '')
})
