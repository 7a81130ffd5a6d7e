import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { confirmRevision } from '../../src/app/confirm-revision.ts'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { getProject } from '../../src/app/get-project.ts'
import { getProposal } from '../../src/app/get-proposal.ts'
import { listDiscrepancies } from '../../src/app/list-discrepancies.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import type { Actor } from '../../src/core/actor.ts'
import { startApp } from '../rig/app.ts'

const strict = (more = '') => `
project: shop
policy-changes: { second-person: true }
environments:
  prod: { deploy: { use: target }, gates: [{ use: approval, count: 2 }, { use: signature }]${more} }
`
/** What somebody would like to get past whom. */
const weak = `
project: shop
environments:
  prod: { deploy: { use: target } }
`

let rig: Awaited<ReturnType<typeof startApp>>
let eve: Actor
let bob: Actor
beforeAll(async () => {
  rig = await startApp(strict())
  eve = await rig.addMember('eve', ['admin'])
  bob = await rig.addMember('bob', ['admin'])
})
afterAll(() => rig.stop())

function apply(actor: Actor, text: string) {
  return applyRevision(rig.app, actor, { project: rig.project, text, file: 'lockflight.yaml', dryRun: false })
}
function confirm(actor: Actor, digest: string) {
  return confirmRevision(rig.app, actor, { project: rig.project, digest })
}
async function inForce() {
  const { project, app, admin } = rig
  return (await getProject(app, admin, { project })).revision.number
}
async function promote() {
  const { project, app, admin } = rig
  const { digest } = await rig.build()
  const asked = { project, release: digest, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(app, admin, asked)
  await rig.drain()
  return id
}

test('A41 one admin alone changes no policy, drops no gate, and cannot take the rule itself away', async () => {
  const number = await inForce()
  const proposed = await apply(eve, weak)
  expect(proposed).toMatchObject({ state: 'proposed', changed: true, inForceAt: null })
  expect(await inForce()).toBe(number)
  const id = await promote()
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id })
  expect(why).toMatchObject({ next: 'wait', unmet: [{ id: 'approval' }] })

  const before = await rig.entries()
  await expect(confirm(eve, proposed.digest)).rejects.toMatchObject({ code: 'forbidden', reason: 'self_confirmation' })
  const machine: Actor = { ...bob, kind: 'machine' }
  await expect(confirm(machine, proposed.digest)).rejects.toMatchObject({ reason: 'self_confirmation' })
  const operator = await rig.addMember('oscar', ['operator'])
  await expect(confirm(operator, proposed.digest)).rejects.toMatchObject({ reason: 'permission_missing' })
  expect(await rig.entries()).toEqual(before)
  expect(rig.target.executions).toEqual([])
})

test('A01 A41 a person and a machine are not two people', async () => {
  const bot = { id: 'bot@local', kind: 'machine' as const, name: 'bot' }
  await rig.app.store.transaction(async (tx) => {
    await tx.members.save({ ...bot, emails: [], disabled: false, createdAt: tx.now })
    await tx.members.grant({ actor: bot.id, role: 'admin', project: null, environment: null })
  })
  const number = await inForce()
  const proposed = await apply(bot, weak)
  await expect(confirm(eve, proposed.digest)).rejects.toMatchObject({ reason: 'proposer_no_person' })
  expect(await inForce()).toBe(number)
})

test('A41 two people change it, the log says who, and what is in force then decides', async () => {
  const { digest } = await apply(eve, strict(', promote: manual, expires-after: 5d'))
  const { proposal } = await getProposal(rig.app, bob, { project: rig.project })
  expect(proposal).toMatchObject({
    digest,
    by: 'eve@local',
    difference: [{ path: 'environments.prod.expires-after', after: '5d' }],
  })
  const number = await inForce()
  expect(await confirm(bob, digest)).toMatchObject({ number: number + 1 })
  expect(await inForce()).toBe(number + 1)
  const told = (await rig.entries()).filter(({ subject, type }) => subject === digest && type.startsWith('revision.'))
  expect(told.map(({ type, actor }) => `${type} ${actor}`)).toEqual([
    'revision.proposed eve@local',
    'revision.confirmed bob@local',
    'revision.applied eve@local',
  ])
  expect(told[2]?.data).toMatchObject({ confirmedBy: 'bob@local' })
  expect(await getProposal(rig.app, bob, { project: rig.project })).toEqual({ proposal: null })
  await expect(confirm(bob, digest)).rejects.toMatchObject({ code: 'not_found' })
})

test('A41 what was proposed is confirmed as it was, or not at all', async () => {
  const first = await apply(eve, strict(', expires-after: 6d'))
  const second = await apply(eve, weak)
  await expect(confirm(bob, first.digest)).rejects.toMatchObject({ code: 'not_found' })
  await rig.app.store.transaction((tx) =>
    tx.members.revoke({ actor: eve.id, role: 'admin', project: null, environment: null }),
  )
  await expect(confirm(bob, second.digest)).rejects.toMatchObject({ reason: 'proposer_lost_right' })
  await rig.addMember('eve', ['admin'])
  await rig.pool.query('update proposal set replaces = $1', [second.digest])
  await expect(confirm(bob, second.digest)).rejects.toMatchObject({ reason: 'stale' })
})

test('A41 a change that takes effect later leaves the stricter policy in force until then, and wakes what waits', async () => {
  const delayed = strict().replace('second-person: true', 'delay: 2s')
  await confirm(bob, (await apply(eve, delayed)).digest)
  const id = await promote()
  const number = await inForce()
  const applied = await apply(eve, weak)
  expect(applied.state).toBe('applied')
  expect(applied.inForceAt!.getTime()).toBeGreaterThan(Date.now())
  await rig.drain()
  expect(await inForce()).toBe(number)
  expect((await rig.promotion(id)).state).toBe('waiting')
  await rig.drainUntil(async () => (await rig.promotion(id)).state === 'succeeded')
  expect(await inForce()).toBe(number + 1)
})

test('what is asked for while another policy is registered for later is looked at again when that comes into force', async () => {
  await apply(eve, strict().replace('second-person: true', 'delay: 2s'))
  const { inForceAt } = await apply(eve, weak)
  const id = await promote()
  await rig.drainUntil(async () => (await rig.promotion(id)).state === 'succeeded')
  const { finishedAt } = await rig.promotion(id)
  expect(finishedAt!.getTime()).toBeGreaterThanOrEqual(inForceAt!.getTime())
})

test('A30 what is proposed and what is in force agree with the log', async () => {
  const auditor = await rig.addMember('aud', ['auditor'])
  const discrepancies = await listDiscrepancies(rig.app, auditor)
  expect(discrepancies.items.filter(({ kind }) => ['revision', 'proposal'].includes(kind))).toEqual([])
})
