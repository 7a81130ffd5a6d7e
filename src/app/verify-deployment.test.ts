import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { Refusal } from '../core/refusal.ts'
import { advancePromotion } from './advance-promotion.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(`
project: shop
environments:
  prod: { deploy: { use: target }, deploy-timeout: 2s }
`)
})
afterEach(() => rig.stop())

/** A promotion whose release is in place, at a target that can no longer be asked. */
async function verifying(trouble: Error): Promise<string> {
  const { digest } = await rig.build()
  const ask = { project: rig.project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, ask)
  rig.app.deployers['target'] = { ...rig.target.deployer, inspect: () => Promise.reject(trouble) }
  while ((await rig.promotion(id)).state !== 'verifying') await advance(id)
  return id
}

function advance(id: string): Promise<void> {
  return advancePromotion(rig.app, id, AbortSignal.timeout(10_000))
}

test('a target that cannot be asked is asked again, and the environment is free again when its time is up', async () => {
  const id = await verifying(new Error('no route to host'))
  await expect(advance(id)).rejects.toThrow('no route to host')
  await expect
    .poll(
      async () => {
        await advance(id).catch(() => undefined)
        return (await rig.promotion(id)).state
      },
      { timeout: 10_000 },
    )
    .toBe('failed')
  expect((await rig.promotion(id)).reason).toBe(
    'verification failed: no answer within 2s; last trouble: no route to host',
  )
  const { active } = await rig.app.store.read((tx) => tx.environments.get(rig.project, 'prod'))
  expect(active).toBeNull()
})

test('an answer that makes no sense fails the deployment at once', async () => {
  const id = await verifying(new Refusal('invalid', 'expected a digest, found a poem'))
  await advance(id)
  expect(await rig.promotion(id)).toMatchObject({
    state: 'failed',
    reason: 'verification failed: expected a digest, found a poem',
  })
})
