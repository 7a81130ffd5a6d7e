import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { move } from '../core/promotion.ts'
import { answerPromotion } from './answer-promotion.ts'
import { explainPromotion } from './explain-promotion.ts'
import { requestPromotion } from './request-promotion.ts'

let rig: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  rig = await startApp(`
project: shop
environments:
  prod:
    gates: [{ use: approval }]
    deploy: { use: target }
  careful:
    gates: [{ use: approval, reason-required: true }]
    deploy: { use: target }
`)
})
afterAll(() => rig.stop())

test('where a reason is required, a yes without one is refused at once, and the one with it counts', async () => {
  const { app, project } = rig
  const approver = await rig.addMember('ben', ['approver'])
  const developer = await rig.addMember('dora', ['developer'])
  const { digest: release } = await rig.build()
  const request = { project, environment: 'careful', release, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, developer, request)
  const answer = (decision: 'approve' | 'reject', reason: string) =>
    answerPromotion(app, approver, { project, id, decision, reason })

  for (const decision of ['approve', 'reject'] as const) {
    await expect(answer(decision, ' ')).rejects.toMatchObject({ code: 'invalid', reason: 'reason_missing' })
  }
  await rig.drain()
  const waiting = await explainPromotion(app, developer, { project, id })
  expect(waiting.unmet).toMatchObject([{ unblock: expect.stringMatching(/ --reason …$/) as string }])
  expect(await answer('approve', 'read it')).toMatchObject({ reason: 'read it' })
  await rig.drain()
  expect(await explainPromotion(app, developer, { project, id })).toMatchObject({ promotion: { state: 'succeeded' } })
})

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
  const about = (await rig.entries()).filter(({ subject }) => subject === id)
  expect(about.map(({ type }) => type)).not.toContain('approval.granted')
})
