import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

/** Every script writes one line of what it was called for; a check fails while there is a file `fail`. */
const scripts = (folder: string, rollout: string, more = '') => `
deploy:
  use: command
  run: echo "$LOCKFLIGHT_PHASE $LOCKFLIGHT_FENCE" >> ${folder}/effects
  ${more}
on-failure: rollback
rollout:
  router:
    use: command
    run: echo "shift $LOCKFLIGHT_WEIGHT_LIVE/$LOCKFLIGHT_WEIGHT_CANDIDATE" >> ${folder}/effects
${rollout.replaceAll(/^/gm, '  ')}`
const check = (folder: string) => `{ use: command, run: 'echo check >> ${folder}/effects; test ! -e ${folder}/fail' }`
const canary = (folder: string, more?: string) =>
  scripts(folder, `use: canary\nsteps: [{ weight: 10, check: [${check(folder)}] }, { weight: 50 }]`, more)
const blueGreen = (folder: string) => scripts(folder, `use: blue-green\ncheck: [${check(folder)}]`)

test('canary: scripts are called for every phase and every weight, in order', async () => {
  rig = await startRollouts(canary)
  await rig.lift('one')
  await rig.lift('two')
  const effects = await rig.lines('effects')
  expect(effects.slice(0, 4)).toEqual(['start 1', 'check', 'shift 0/100', 'finish 1'])
  expect(effects.slice(4)).toEqual(['start 2', 'shift 90/10', 'check', 'shift 50/50', 'shift 0/100', 'finish 2'])
})

test('canary: a failing check restores the weights before it takes the new release away, and rolls nothing back', async () => {
  rig = await startRollouts(canary)
  await rig.lift('one')
  await writeFile(join(rig.folder, 'fail'), '')
  const { promotion } = await rig.lift('two')
  expect(promotion).toMatchObject({ state: 'failed', reason: 'command: the script ended with exit code 1' })
  expect((await rig.lines('effects')).slice(4)).toEqual(['start 2', 'shift 90/10', 'check', 'shift 100/0', 'discard 2'])
  const shifted = (await rig.told('rollout.shifted')).filter(({ subject }) => subject === promotion.id)
  expect(shifted.map(({ data }) => data['weights'])).toEqual([
    { live: 90, candidate: 10 },
    { live: 100, candidate: 0 },
  ])
  expect(await rig.told('promotion.requested')).toHaveLength(2)
  expect(await rig.here()).toMatchObject({ active: null, hold: null })
})

test('blue-green: the check comes before the traffic, and a failing one takes the new release away', async () => {
  rig = await startRollouts(blueGreen)
  await rig.lift('one')
  await rig.lift('two')
  await writeFile(join(rig.folder, 'fail'), '')
  await rig.lift('three')
  const effects = await rig.lines('effects')
  expect(effects.slice(4, 8)).toEqual(['start 2', 'check', 'shift 0/100', 'finish 2'])
  expect(effects.slice(8)).toEqual(['start 3', 'check', 'discard 3'])
})
