import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { runCommand } from '../runners/run-command.ts'
import { previewPromotion } from './explain-promotion.ts'
import { planRelease } from './plan-release.ts'

let rig: Awaited<ReturnType<typeof startApp>>
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-preview-'))
  rig = await startApp(`
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: command, run: 'echo ran >> ${folder}/ran' }]
`)
})
afterAll(async () => {
  await rig.stop()
  await rm(folder, { recursive: true, force: true })
})

const runs = async () => (await readFile(join(folder, 'ran'), 'utf8').catch(() => '')).length / 'ran\n'.length

test('who only looks gets no script of a gate run, and is told that the gate was not asked', async () => {
  const { project } = rig
  const app = { ...rig.app, outside: { ...rig.app.outside, command: runCommand } }
  const { version: release } = await rig.build()
  const viewer = await rig.addMember('vi', ['viewer'])
  const developer = await rig.addMember('dev', ['developer'])
  const ask = { project, release, environment: 'prod', class: 'standard' as const, reason: '' }

  expect(await previewPromotion(app, viewer, ask)).toMatchObject({
    next: 'wait',
    unmet: [{ id: 'command', reason: 'not evaluated yet' }],
  })
  await planRelease(app, viewer, { project, release })
  expect(await runs()).toBe(0)

  expect(await previewPromotion(app, developer, ask)).toMatchObject({ next: 'start', unmet: [] })
  expect(await runs()).toBe(1)
})
