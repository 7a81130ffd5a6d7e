import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import type { Release } from '../core/release.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'

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

async function lift(good: boolean): Promise<Release> {
  const release = await rig.build()
  rig.answers.set(release.digest, good)
  await request(release)
  await rig.drain()
  return release
}

async function request(release: Release): Promise<string> {
  const ask = { project: rig.project, release: release.digest, environment, class: 'standard' as const, reason: '' }
  return (await requestPromotion(rig.app, rig.admin, ask)).id
}

/** A bad release is being deployed when someone asks for a rollback, and fails only after that. */
async function failAfterRollbackTo(to: Release): Promise<{ failed: string; asked: string }> {
  const bad = await rig.build()
  rig.answers.set(bad.digest, false)
  const failed = await request(bad)
  let asked = ''
  rig.target.before = async ({ release }) => {
    if (release.digest !== bad.digest || asked !== '') return
    const wish = { project: rig.project, environment, to: to.digest, reason: 'I have seen enough' }
    asked = (await requestRollback(rig.app, rig.admin, wish)).id
  }
  await rig.drain()
  return { failed, asked }
}

test('a failure ends although someone has asked for the same rollback already, which then runs', async () => {
  const good = await lift(true)
  const { failed, asked } = await failAfterRollbackTo(good)
  expect(await rig.promotion(failed)).toMatchObject({ state: 'failed' })
  expect(await rig.promotion(asked)).toMatchObject({ state: 'succeeded' })
  expect(rig.target.live.get(environment)).toBe(good.digest)
})

test('where a person has chosen what to go back to, automation chooses nothing else', async () => {
  const chosen = await lift(true)
  await lift(true)
  const { asked } = await failAfterRollbackTo(chosen)
  expect(await rig.promotion(asked)).toMatchObject({ state: 'succeeded', requestedBy: rig.admin.id })
  expect(rig.target.live.get(environment)).toBe(chosen.digest)
})
