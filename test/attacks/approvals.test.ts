import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import type { Actor } from '../../src/core/actor.ts'
import { startApp } from '../rig/app.ts'

const configuration = (count: number) => `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: approval, count: ${count}, exclude: [requester, author] }]
  other:
    deploy: { use: target }
    gates: [{ use: approval, count: ${count}, exclude: [requester, author] }]
`

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(configuration(1))
})
afterEach(() => rig.stop())

async function ask(actor: Actor, release: string, environment = 'prod') {
  const asked = { project: rig.project, release, environment, class: 'standard' as const, reason: '' }
  const promotion = await requestPromotion(rig.app, actor, asked)
  await rig.drain()
  return promotion.id
}

function answer(actor: Actor, id: string, decision: 'approve' | 'reject' = 'approve') {
  const reason = decision === 'reject' ? 'not this one' : ''
  return answerPromotion(rig.app, actor, { project: rig.project, id, decision, reason })
}

async function apply(text: string) {
  const { app, admin, project } = rig
  return applyRevision(app, admin, { project, text, file: 'lockflight.yaml', dryRun: false })
}

async function stateOf(id: string) {
  await rig.drain()
  return (await rig.promotion(id)).state
}

test('A01 the requester may not approve, and nothing is written', async () => {
  const alice = await rig.addMember('alice', ['developer', 'approver'])
  const id = await ask(alice, (await rig.build()).digest)
  const before = await rig.entries()
  await expect(answer(alice, id)).rejects.toMatchObject({ code: 'forbidden', reason: 'self_approval' })
  expect(await rig.entries()).toEqual(before)
  expect(await stateOf(id)).toBe('waiting')
  expect(rig.target.executions).toEqual([])
})

test('A01 the author of the commit may not approve where the policy says so', async () => {
  const alice = await rig.addMember('alice', ['approver'], 'alice@example.org')
  const release = await rig.build({ authorEmail: 'alice@example.org' })
  expect(release.author).toBe(alice.id)
  const id = await ask(rig.admin, release.digest)
  await expect(answer(alice, id)).rejects.toMatchObject({ reason: 'self_approval' })
  expect(await stateOf(id)).toBe('waiting')
})

test('A01 a machine never approves, whoever owns it', async () => {
  const bob = await rig.addMember('bob', ['approver'])
  const id = await ask(rig.admin, (await rig.build()).digest)
  await expect(answer({ ...bob, kind: 'machine' }, id)).rejects.toMatchObject({ reason: 'permission_missing' })
  expect(await stateOf(id)).toBe('waiting')
})

test('A03 an approval is for the bytes it was given for: with the release swapped under it, it no longer counts', async () => {
  await apply(configuration(2))
  const [bob, cyd] = [await rig.addMember('bob', ['approver']), await rig.addMember('cyd', ['approver'])]
  const [approved, swapped] = [await rig.build(), await rig.build()]
  const id = await ask(rig.admin, approved.digest)
  await answer(bob, id)
  await rig.pool.query('update promotion set release = $1 where id = $2', [swapped.digest, id])
  await answer(cyd, id)
  expect(await stateOf(id)).toBe('waiting')
  expect(rig.target.executions).toEqual([])
})

test('A04 a change of the policy voids what was approved under the old one', async () => {
  await apply(configuration(2))
  const [bob, cyd] = [await rig.addMember('bob', ['approver']), await rig.addMember('cyd', ['approver'])]
  const id = await ask(rig.admin, (await rig.build()).digest)
  await answer(bob, id)
  const changed = configuration(2).replaceAll(
    'deploy: { use: target }',
    'expires-after: 30d\n    deploy: { use: target }',
  )
  expect(await apply(changed)).toMatchObject({ voided: [{ environment: 'prod', promotion: id, approvals: 1 }] })
  expect(await apply(changed.replaceAll('30d', '31d'))).toMatchObject({ changed: true, voided: [] })
  await answer(cyd, id)
  expect(await stateOf(id)).toBe('waiting')
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id })
  expect(why.unmet[0]?.reason).toContain('bob@local does not count: answered to something else')

  await answer(bob, id)
  expect(await stateOf(id)).toBe('succeeded')
})

test('A05 an approval counts for one promotion into one environment only', async () => {
  const bob = await rig.addMember('bob', ['approver'])
  const release = await rig.build()
  const prod = await ask(rig.admin, release.digest)
  const other = await ask(rig.admin, release.digest, 'other')
  const first = await answer(bob, prod)
  expect(await answer(bob, prod)).toEqual(first)
  expect(await stateOf(prod)).toBe('succeeded')
  expect(await stateOf(other)).toBe('waiting')
  await expect(answer(bob, prod)).rejects.toMatchObject({ code: 'conflict' })
  expect(await stateOf(await ask(rig.admin, release.digest))).toBe('waiting')
})

test('A05 after a rejection nothing brings the promotion back', async () => {
  const [bob, cyd] = [await rig.addMember('bob', ['approver']), await rig.addMember('cyd', ['approver'])]
  const id = await ask(rig.admin, (await rig.build()).digest)
  await answer(bob, id, 'reject')
  expect(await stateOf(id)).toBe('rejected')
  await expect(answer(cyd, id)).rejects.toMatchObject({ code: 'conflict' })
  expect(rig.target.executions).toEqual([])
})

test('A06 the approval of someone who lost the right before the start counts no longer', async () => {
  await apply(configuration(2))
  const [bob, cyd] = [await rig.addMember('bob', ['approver']), await rig.addMember('cyd', ['approver'])]
  const id = await ask(rig.admin, (await rig.build()).digest)
  await answer(bob, id)
  const right = { actor: bob.id, role: 'approver' as const, project: null, environment: null }
  await rig.app.store.transaction((tx) => tx.members.revoke(right))
  await answer(cyd, id)
  expect(await stateOf(id)).toBe('waiting')
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id })
  expect(why.unmet[0]?.reason).toContain('bob@local does not count: may not approve here now')
})

test('A07 fifty approvals of one person at once count as one', async () => {
  await apply(configuration(2))
  const bob = await rig.addMember('bob', ['approver'])
  const id = await ask(rig.admin, (await rig.build()).digest)
  const tries = await Promise.allSettled(Array.from({ length: 50 }, () => answer(bob, id)))
  expect(tries.some(({ status }) => status === 'fulfilled')).toBe(true)
  expect(await stateOf(id)).toBe('waiting')
  const approvals = await rig.app.store.read((tx) => tx.approvals.of(id))
  expect(approvals).toHaveLength(1)
})
