import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { testKey } from '../../test/rig/log.ts'
import type { Actor } from '../core/actor.ts'
import { move } from '../core/promotion.ts'
import { sequence } from '../log/sequence.ts'
import { answerPromotion } from './answer-promotion.ts'
import { applyRevision } from './apply-revision.ts'
import { explainPromotion } from './explain-promotion.ts'
import { requestPromotion } from './request-promotion.ts'

const configuration = `
project: shop
environments:
  prod:
    gates: [{ use: approval }]
    deploy: { use: target }
  careful:
    gates: [{ use: approval, reason-required: true }]
    deploy: { use: target }
  two:
    gates: [{ use: approval, count: 2 }]
    deploy: { use: target }
`

let rig: Awaited<ReturnType<typeof startApp>>

beforeAll(async () => {
  rig = await startApp(configuration)
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

test('a no takes the place of a yes while the promotion waits, is final, and the log tells both', async () => {
  const { app, admin, project } = rig
  const bob = await rig.addMember('bob', ['approver'])
  const eve = await rig.addMember('eve', ['approver'])
  const { digest: release } = await rig.build()
  const request = { project, environment: 'two', release, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, admin, request)
  const answer = (by: Actor, decision: 'approve' | 'reject', reason = '') =>
    answerPromotion(app, by, { project, id, decision, reason })

  const yes = await answer(bob, 'approve', 'read it')
  expect(await answer(bob, 'approve', 'again')).toEqual(yes)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting', unmet: [{ observed: '1: bob@local' }] })
  const no = await answer(bob, 'reject', 'it drops orders')
  expect(no.at.getTime()).toBeGreaterThanOrEqual(yes.at.getTime())
  expect(await answer(bob, 'reject', 'still')).toEqual(no)
  await expect(answer(bob, 'approve')).rejects.toMatchObject({ code: 'conflict', reason: 'already_answered' })
  await answer(eve, 'approve')
  const { voided } = await applyRevision(app, admin, {
    project,
    text: configuration.replace('count: 2', 'count: 1'),
    file: 'lockflight.yaml',
    dryRun: true,
  })
  expect(voided).toEqual([{ environment: 'two', promotion: id, approvals: 1 }])

  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({
    state: 'rejected',
    reason: expect.stringContaining('bob@local rejected it: it drops orders') as string,
  })
  const answers = (await rig.entries()).filter(({ subject, type }) => subject === id && type.startsWith('approval.'))
  expect(answers.map(({ actor, type }) => `${actor} ${type}`)).toEqual([
    'bob@local approval.granted',
    'bob@local approval.refused',
    'eve@local approval.granted',
  ])
  while ((await sequence(rig.pool, testKey, { limit: 1000, seen: null })).outcome === 'extended');
  const discrepancies = await app.store.read((tx) => tx.entries.discrepancies())
  expect(discrepancies.filter(({ kind }) => kind === 'approval')).toEqual([])
})

test('a no that began before the yes it follows still stands after it', async () => {
  const { app, admin, project } = rig
  const dan = await rig.addMember('dan', ['approver'])
  const { digest: release } = await rig.build()
  const request = { project, environment: 'two', release, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, admin, request)
  const later = new Date(Date.now() + 3_600_000)
  const yes = await answerPromotion(app, dan, { project, id, decision: 'approve', reason: '' })
  await rig.pool.query('alter table approval disable trigger user')
  await rig.pool.query('update approval set at = $2 where id = $1', [yes.id, later])
  await rig.pool.query('alter table approval enable trigger user')

  await answerPromotion(app, dan, { project, id, decision: 'reject', reason: 'no' })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'rejected' })
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
