import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import type { Release } from '../core/release.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'
import { resumeEnvironment } from './resume-environment.ts'

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(`
project: shop
environments:
  prod: { deploy: { use: target }, on-failure: rollback, verify: [{ use: answer, of: prod }] }
`)
})
afterEach(() => rig.stop())

const environment = 'prod'

async function lift({ good }: { good: boolean }): Promise<Release> {
  const { app, admin, project } = rig
  const release = await rig.build()
  rig.answers.set(release.digest, good)
  const ask = { project, release: release.digest, environment, class: 'standard' as const, reason: '' }
  await requestPromotion(app, admin, ask)
  await rig.drain()
  return release
}

async function rollBack(to?: Release): Promise<void> {
  const { app, admin, project } = rig
  await requestRollback(app, admin, { project, environment, reason: 'drill', ...(to && { to: to.digest }) })
  await rig.drain()
}

/** What the log says each rollback put away, and what it put in its place. */
async function told() {
  const entries = await rig.entries()
  const completed = entries.filter(({ type, data }) => type === 'deploy.completed' && data['class'] === 'rollback')
  const executed = entries.filter(({ type }) => type === 'rollback.executed')
  return {
    completed: completed.map(({ data }) => ({ of: data['rollbackOf'], to: data['release'] })),
    executed: executed.map(({ data }) => ({ of: data['from'], to: data['to'] })),
  }
}

test('an automatic rollback names the release that failed, which was never the live one', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: false })
  expect(await told()).toEqual({
    completed: [{ of: two.digest, to: one.digest }],
    executed: [{ of: two.digest, to: one.digest }],
  })
})

test('a rollback that someone asks for names the release that was live, also the second time', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: true })
  const three = await lift({ good: true })
  await rollBack(two)
  await rollBack(one)
  const both = [
    { of: three.digest, to: two.digest },
    { of: two.digest, to: one.digest },
  ]
  expect(await told()).toEqual({ completed: both, executed: both })
})

test('after a rollback that failed, the next one still names the release to be put away', async () => {
  const one = await lift({ good: true })
  const two = await lift({ good: true })
  rig.answers.set(one.digest, false)
  await rollBack(one)
  rig.answers.set(one.digest, true)
  await rollBack(one)
  const move = { of: two.digest, to: one.digest }
  expect(await told()).toEqual({ completed: [move, move], executed: [move] })
})

test('what is no rollback names none', async () => {
  await lift({ good: true })
  await lift({ good: false })
  await resumeEnvironment(rig.app, rig.admin, { project: rig.project, environment, reason: '' })
  await lift({ good: true })
  const completed = (await rig.entries()).filter(({ type, data }) => {
    return type === 'deploy.completed' && data['class'] === 'standard'
  })
  expect(completed.map(({ data }) => data['rollbackOf'])).toEqual([null, null, null])
})
