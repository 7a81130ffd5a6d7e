import { afterAll, beforeAll, expect, test } from 'vitest'
import { aDeployment, aPromotion, aRelease, aRun, freshStore, seedShop } from '../../test/rig/store.ts'
import type { Promotion } from '../core/promotion.ts'
import type { Transaction } from '../core/store.ts'

let rig: Awaited<ReturnType<typeof freshStore>>
beforeAll(async () => {
  rig = await freshStore()
  await rig.store.transaction(seedShop)
})
afterAll(() => rig.close())

const at = new Date('2026-11-23T10:00:00Z')

/** How the work is refused; nothing of it stays. */
async function refusal(work: (tx: Transaction) => Promise<unknown>): Promise<unknown> {
  return rig.store.transaction(work).then(
    () => 'not refused',
    (error: unknown) => error,
  )
}

async function added(tx: Transaction, changes: Partial<Promotion> = {}): Promise<Promotion> {
  const release = aRelease()
  await tx.releases.add(release)
  const promotion = aPromotion(release, changes)
  await tx.promotions.add(promotion)
  return tx.promotions.load(promotion.id)
}

test('I03 what has ended cannot come back to life, whoever asks', async () => {
  for (const state of ['succeeded', 'failed', 'rejected', 'cancelled', 'superseded', 'expired'] as const) {
    expect(
      await refusal(async (tx) => {
        const ended = await added(tx, { state, attempt: 1, finishedAt: at })
        await tx.promotions.save({ ...ended, state: 'waiting', finishedAt: null })
      }),
    ).toMatchObject({ code: 'conflict', reason: 'promotion_final' })
  }
  expect(
    await refusal(async (tx) => {
      const run = aRun({ state: 'failed', finishedAt: at, number: 99 })
      await tx.runs.add(run)
      await tx.runs.save({ ...run, state: 'running', finishedAt: null })
    }),
  ).toMatchObject({ reason: 'run_final' })
  expect(
    await refusal(async (tx) => {
      const deployment = aDeployment(await added(tx), { outcome: 'failed', finishedAt: at })
      await tx.deployments.add(deployment)
      await tx.deployments.save({ ...deployment, outcome: 'running', finishedAt: null })
    }),
  ).toMatchObject({ reason: 'deployment_final' })
})

test('a state and its times must agree', async () => {
  expect(await refusal((tx) => added(tx, { state: 'cancelled' }))).toMatchObject({ constraint: 'promotion_finished' })
  expect(await refusal((tx) => added(tx, { finishedAt: at }))).toMatchObject({ constraint: 'promotion_finished' })
  expect(await refusal((tx) => added(tx, { state: 'deploying' }))).toMatchObject({ constraint: 'promotion_started' })
  expect(await refusal((tx) => tx.runs.add(aRun({ state: 'succeeded' })))).toMatchObject({ constraint: 'run_finished' })
  expect(
    await refusal(async (tx) => tx.deployments.add(aDeployment(await added(tx), { outcome: 'succeeded' }))),
  ).toMatchObject({ constraint: 'deployment_finished' })
})

test('I04 a fence never goes back and is never given twice', async () => {
  await rig.store.transaction(async (tx) => {
    await tx.environments.ensure('shop', 'fenced')
    const environment = await tx.environments.lock('shop', 'fenced')
    await tx.environments.save({ ...environment, fence: 7 })
    const promotion = await added(tx, { environment: 'fenced' })
    await tx.deployments.add(aDeployment(promotion, { fence: 7, outcome: 'failed', finishedAt: at }))
  })
  const save = (changes: { fence?: number; active?: string }) =>
    refusal(async (tx) => {
      const environment = await tx.environments.lock('shop', 'fenced')
      await tx.environments.save({ ...environment, ...changes })
    })
  expect(await save({ fence: 6 })).toMatchObject({ code: 'conflict', reason: 'environment_fence' })
  const [waiting] = await rig.store.read((tx) => tx.promotions.waitingIn('shop', 'fenced'))
  expect(await save({ active: waiting!.id })).toMatchObject({ code: 'conflict', reason: 'environment_fence' })
  for (const fence of [6, 7]) {
    expect(
      await refusal(async (tx) =>
        tx.deployments.add(aDeployment(await added(tx, { environment: 'fenced' }), { fence })),
      ),
    ).toMatchObject({ code: 'conflict', reason: 'deployment_fence' })
  }
  expect(
    await refusal(async (tx) => {
      const deployment = aDeployment(waiting!, { fence: 8, attempt: 2 })
      await tx.deployments.add(deployment)
      await tx.deployments.save({ ...deployment, fence: 9 })
    }),
  ).toMatchObject({ code: 'conflict' })
})

test('a release waits for an environment once per class', async () => {
  expect(
    await refusal(async (tx) => {
      const promotion = await added(tx)
      await tx.promotions.add({ ...promotion, id: 'again' })
    }),
  ).toMatchObject({ code: 'conflict', reason: 'promotion_waiting' })
})

test('nothing refers to what is not there', async () => {
  expect(await refusal((tx) => tx.promotions.add(aPromotion(aRelease())))).toMatchObject({
    constraint: 'promotion_release',
  })
  expect(await refusal((tx) => added(tx, { environment: 'nowhere' }))).toMatchObject({
    constraint: 'promotion_environment',
  })
  expect(await refusal(async (tx) => tx.deployments.add(aDeployment(await added(tx), { revision: 2 })))).toMatchObject({
    constraint: 'deployment_revision',
  })
})

test('what was decided on cannot be changed afterwards, not even by hand', async () => {
  for (const table of ['revision', 'release']) {
    await expect(rig.pool.query(`delete from ${table}`), table).rejects.toThrow('cannot be changed')
    await expect(rig.pool.query(`update ${table} set project = 'other'`), table).rejects.toThrow('cannot be changed')
  }
})
