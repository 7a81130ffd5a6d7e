import { afterEach, expect, test } from 'vitest'
import { Refusal } from '../../src/core/refusal.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

/** Every script writes one line of what it was called for, and takes long enough for others to come in between. */
const canary = (folder: string) => `
deploy:
  use: command
  run: echo "$LOCKFLIGHT_PHASE $LOCKFLIGHT_FENCE" >> ${folder}/effects
rollout:
  use: canary
  router:
    use: command
    run: |
      exec 9>> ${folder}/last-step
      flock 9
      test "$LOCKFLIGHT_ATTEMPT.$LOCKFLIGHT_FENCE" != "$(head -n 1 ${folder}/now)" || test "$LOCKFLIGHT_STEP" -ge "$(tail -n 1 ${folder}/now)"
      printf '%s\\n' "$LOCKFLIGHT_ATTEMPT.$LOCKFLIGHT_FENCE" "$LOCKFLIGHT_STEP" > ${folder}/now
      echo "$LOCKFLIGHT_WEIGHT_CANDIDATE" >> ${folder}/weights
  steps: [{ weight: 10 }, { weight: 30 }, { weight: 60 }]`

test('I01 many workers on one rollout make every step once, in order, and it ends once', async () => {
  rig = await startRollouts(canary)
  await rig.lift('one')
  const { id } = await rig.ask(await rig.pack('two'))
  await rig.advance(id)
  rig.jobs.length = 0

  const overtaken = await Promise.all(Array.from({ length: 5 }, () => workToTheEnd(id)))
  expect(overtaken.some((times) => times > 0)).toBe(true)
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded', attempt: 1 })
  expect((await rig.lines('effects')).slice(2)).toEqual(['start 2', 'finish 2'])
  const told = (await rig.entries()).filter(({ subject }) => subject === id)
  const shifted = told.filter(({ type }) => type === 'rollout.shifted').map(({ data }) => data['weights'])
  expect(shifted).toEqual([10, 30, 60, 100].map((candidate) => ({ live: 100 - candidate, candidate })))
  for (const type of ['deploy.started', 'deploy.completed'])
    expect(told.filter((entry) => entry.type === type)).toHaveLength(1)
  const weights = (await rig.lines('weights')).slice(1).map(Number)
  expect(weights).toEqual(weights.toSorted((one, other) => one - other))
  expect([...new Set(weights)]).toEqual([10, 30, 60, 100])
})

/** One worker that comes back whenever another was faster, until all is done; how often that was. */
async function workToTheEnd(id: string): Promise<number> {
  for (let overtaken = 0; ;) {
    try {
      await rig.advance(id)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'conflict') throw error
      overtaken += 1
    }
    if ((await rig.promotion(id)).finishedAt !== null) return overtaken
  }
}
