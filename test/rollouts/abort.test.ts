import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { abortPromotion } from '../../src/app/abort-promotion.ts'
import { cancelPromotion } from '../../src/app/cancel-promotion.ts'
import { startRollouts, type RolloutsRig } from '../rig/rollouts.ts'

let rig: RolloutsRig
afterEach(() => rig.stop())

const scripts = (rollout: string) => (folder: string) =>
  `
deploy: { use: command, run: 'echo $LOCKFLIGHT_PHASE $LOCKFLIGHT_RELEASE_VERSION >> ${folder}/deploys' }
on-failure: rollback
rollout: ${rollout.replaceAll('FOLDER', folder)}`

const router = `router: { use: command, run: 'echo $LOCKFLIGHT_WEIGHT_LIVE/$LOCKFLIGHT_WEIGHT_CANDIDATE >> FOLDER/weights' }`
const slow = `{ use: canary, ${router}, steps: [{ weight: 10 }, { weight: 50, pause: 1d }] }`
const checked = `{ use: canary, ${router}, steps: [{ weight: 10, check: [{ use: command, run: 'echo asked >> FOLDER/asked; until test -e FOLDER/go; do sleep 0.05; done' }] }] }`

const abort = (id: string, reason = 'it is too slow') =>
  abortPromotion(rig.app, rig.admin, { project: rig.project, id, reason })

test('a canary in a pause is turned back by a person, and the live release never went away', async () => {
  rig = await startRollouts(scripts(slow))
  await rig.lift('one')
  const { promotion, release } = await rig.lift('two')
  expect(promotion.state).toBe('deploying')
  const cancelling = cancelPromotion(rig.app, rig.admin, { project: rig.project, id: promotion.id, reason: '' })
  await expect(cancelling).rejects.toThrow(`lockflight abort ${promotion.id}`)

  await abort(promotion.id)
  await expect(abort(promotion.id)).rejects.toThrow('turned back already: aborted by')
  await rig.drain()
  const reason = `aborted by ${rig.admin.id}: it is too slow`
  expect(await rig.promotion(promotion.id)).toMatchObject({ state: 'failed', reason })
  expect(await rig.lines('weights')).toEqual(['0/100', '90/10', '50/50', '100/0'])
  const phases = (await rig.lines('deploys')).map((line) => line.split(' ')[0])
  expect(phases).toEqual(['start', 'finish', 'start', 'discard'])
  expect((await rig.told('deploy.abort-requested')).map(({ data }) => data)).toEqual([
    { release: release.digest, attempt: 1, fence: 2, candidateWeight: 50, reason: 'it is too slow' },
  ])
  expect((await rig.told('deploy.completed')).at(-1)?.data).toMatchObject({ outcome: 'failed', reason })
  expect(await rig.told('rollback.executed')).toEqual([])
  await expect(abort(promotion.id)).rejects.toThrow('is failed; there is nothing to abort')
})

test('what is being made when it is aborted comes to its end before it is turned back', async () => {
  rig = await startRollouts(scripts(checked))
  const go = join(rig.folder, 'go')
  await writeFile(go, '')
  await rig.lift('one')
  await rm(go)
  const { id } = await rig.ask(await rig.pack('two'))
  const working = rig.drain().catch((error: unknown) => error)
  await expect.poll(() => rig.lines('asked')).toHaveLength(2)
  await abort(id)
  await writeFile(go, '')
  expect(await working).toMatchObject({ message: expect.stringContaining('was moved on') as string })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'failed', reason: expect.stringContaining('aborted by') })
  expect(await rig.lines('weights')).toEqual(['0/100', '90/10', '100/0'])
})

test('where nothing can be turned back it is refused, with what can be done instead', async () => {
  rig = await startRollouts(
    (folder) =>
      `deploy: { use: command, run: 'echo begun >> ${folder}/begun; until test -e ${folder}/go; do sleep 0.05; done' }`,
  )
  const { id } = await rig.ask(await rig.pack('one'))
  await expect(abort(id)).rejects.toThrow(`is waiting; end it with: lockflight cancel ${id}`)
  const working = rig.drain()
  await expect.poll(() => rig.lines('begun')).toHaveLength(1)
  await expect(abort(id)).rejects.toThrow('when it has ended, go back with: lockflight rollback --env prod')
  await writeFile(join(rig.folder, 'go'), '')
  await working
  expect(await rig.told('deploy.abort-requested')).toEqual([])
})
