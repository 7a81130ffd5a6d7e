import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { move } from '../core/promotion.ts'
import { answerPromotion } from './answer-promotion.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  rig = await startApp(`
project: shop
environments:
  prod:
    gates: [{ use: approval }]
    deploy: { use: target }
`)
})
afterAll(() => rig.stop())

test('I03 an answer that meets the end of its promotion is refused, and nothing is written after the end', async () => {
  const { app, admin, project } = rig
  const approver = await rig.addMember('ana', ['approver'])
  const { digest: release } = await rig.build()
  const request = { project, environment: 'prod', release, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, admin, request)

  const { answer } = await app.store.transaction(async (tx) => {
    const promotion = await tx.promotions.lock(id)
    const answering = answerPromotion(app, approver, { project, id, decision: 'approve', reason: 'fine' })
    const settled = answering.then(
      () => 'answered',
      (error: Error) => error.message,
    )
    await expect.poll(() => Promise.race([settled, rig.someoneWaits()])).toBe(true)
    await tx.promotions.save(move(promotion, 'cancelled', 'changed my mind', tx.now))
    return { answer: settled }
  })

  expect(await answer).toContain('is cancelled, not waiting')
  expect((await rig.entries()).map(({ type }) => type)).not.toContain('approval.granted')
})
