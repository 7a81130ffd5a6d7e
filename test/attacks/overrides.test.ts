import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addGrant } from '../../src/app/add-grant.ts'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { applyRevision } from '../../src/app/apply-revision.ts'
import { confirmOverride } from '../../src/app/confirm-override.ts'
import { disableMember } from '../../src/app/disable-member.ts'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { listDiscrepancies } from '../../src/app/list-discrepancies.ts'
import { listOverrides } from '../../src/app/list-overrides.ts'
import { judgePromotion } from '../../src/app/judge-promotion.ts'
import { removeGrant } from '../../src/app/remove-grant.ts'
import { requestOverride } from '../../src/app/request-override.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { withdrawOverride } from '../../src/app/withdraw-override.ts'
import type { Actor } from '../../src/core/actor.ts'
import { startApp } from '../rig/app.ts'

/** The command gate asks a source that is down: every promotion needs an override of it, and a person's yes. */
const policy = `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: command, run: ask-the-slo }, { use: approval }, { use: signature }]
  other:
    deploy: { use: target }
    gates: [{ use: command, run: ask-the-slo }, { use: approval }]
`

let rig: Awaited<ReturnType<typeof startApp>>
let ana: Actor
let olga: Actor
let paul: Actor
beforeAll(async () => {
  rig = await startApp(policy)
  rig.app.outside = { ...rig.app.outside, command: () => Promise.reject(new Error('connection refused')) }
  ana = await rig.addMember('ana', ['approver'])
})
beforeEach(async () => {
  olga = await rig.addMember('olga', ['operator'])
  paul = await rig.addMember('paul', ['operator'])
})
afterAll(() => rig.stop())

async function apply(text: string) {
  const { app, admin, project } = rig
  await applyRevision(app, admin, { project, text, file: 'lockflight.yaml', dryRun: false })
  await rig.drain()
}

async function ask(environment = 'prod', by = rig.admin, release?: string) {
  const digest = release ?? (await rig.build()).digest
  const asked = { project: rig.project, release: digest, environment, class: 'standard' as const, reason: '' }
  const promotion = await requestPromotion(rig.app, by, asked)
  await rig.drain()
  return promotion.id
}

const words = { reason: 'the SLO service is down', risk: 'errors may go unseen for an hour', expiresAfter: '1h' }
function request(actor: Actor, id: string, given: Partial<typeof words> & { gate?: string } = {}) {
  return requestOverride(rig.app, actor, { project: rig.project, id, gate: 'command', ...words, ...given })
}
function confirm(actor: Actor, override: string) {
  return confirmOverride(rig.app, actor, { project: rig.project, override })
}
async function overridden(id: string) {
  const { id: override } = await request(olga, id)
  await confirm(paul, override)
  return override
}
async function approve(id: string) {
  await answerPromotion(rig.app, ana, { project: rig.project, id, decision: 'approve', reason: 'looks right' })
  return stateOf(id)
}
async function stateOf(id: string) {
  await rig.drain()
  return (await rig.promotion(id)).state
}
async function unmet(id: string) {
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id })
  return {
    unmet: why.unmet.map((each) => each.id),
    overrides: why.overrides.map(({ state, note }) => ({ state, note })),
  }
}
async function typesOf(id: string) {
  return (await rig.entries()).filter(({ subject }) => subject === id).map(({ type }) => type)
}

test('A32 a gate whose source is down lets nothing past but what two people take the risk for, with a reason, and the log says so', async () => {
  const id = await ask()
  expect(await approve(id)).toBe('waiting')
  const { id: override } = await request(olga, id)
  expect(await stateOf(id)).toBe('waiting')
  expect(await unmet(id)).toEqual({ unmet: ['command'], overrides: [{ state: 'unconfirmed', note: '' }] })

  await confirm(paul, override)
  expect(await stateOf(id)).toBe('succeeded')
  const logged = (await rig.entries()).filter((entry) => entry.data['override'] === override)
  expect(logged.map(({ type, actor }) => `${type} ${actor}`)).toEqual([
    'override.requested olga@local',
    'override.granted paul@local',
    'override.used lockflight@system',
  ])
  expect(logged[2]?.data).toMatchObject({
    gate: 'command',
    outcome: 'error',
    overrode: 'the gate could not be evaluated: connection refused',
    by: 'olga@local',
    confirmedBy: 'paul@local',
    reason: words.reason,
    risk: words.risk,
  })
  const started = (await rig.entries()).find(({ type, subject }) => type === 'deploy.started' && subject === id)
  expect(started?.data['verdicts']).toMatchObject([
    { gate: 'signature', outcome: 'pass' },
    { gate: 'approval', outcome: 'pass' },
    { gate: 'command', outcome: 'error', overridden: true },
  ])
  const listed = await listOverrides(rig.app, rig.admin, { project: rig.project, promotion: id, limit: 5 })
  expect(listed.items).toMatchObject([{ id: override, state: 'used', confirmation: { by: 'paul@local' } }])
})

test('A01 nobody confirms what they asked for themselves, and nobody who asked for the promotion', async () => {
  const id = await ask('prod', paul)
  const { id: override } = await request(olga, id)
  const before = await rig.entries()
  await expect(confirm(olga, override)).rejects.toMatchObject({ code: 'forbidden', reason: 'self_override' })
  await expect(confirm(paul, override)).rejects.toMatchObject({ code: 'forbidden', reason: 'self_override' })
  expect(await rig.entries()).toEqual(before)
  const quinn = await rig.addMember('quinn', ['operator'])
  expect(await confirm(quinn, override)).toMatchObject({ state: 'in-force' })
  await expect(confirm(rig.admin, override)).rejects.toMatchObject({ reason: 'override_in_force' })
})

test('A01 A40 a machine, an approver and a token without the permission neither ask nor confirm', async () => {
  const id = await ask()
  const { id: override } = await request(olga, id)
  const narrowed: Actor = { ...paul, scope: { permissions: ['project.read', 'promotion.request'] } }
  for (const actor of [ana, narrowed, { ...paul, kind: 'machine' as const }]) {
    await expect(request(actor, id)).rejects.toMatchObject({ reason: 'permission_missing' })
    await expect(confirm(actor, override)).rejects.toMatchObject({ reason: 'permission_missing' })
  }
})

test('A03 an override is for the bytes it was given for', async () => {
  const id = await ask()
  await overridden(id)
  const swapped = await rig.build()
  await rig.pool.query('update promotion set release = $1 where id = $2', [swapped.digest, id])
  expect(await approve(id)).toBe('waiting')
  expect(await unmet(id)).toEqual({
    unmet: ['command'],
    overrides: [{ state: 'void', note: expect.stringContaining('given for something else') }],
  })
})

test('A04 A41 a change of the policy, a weaker one too, voids an override; it has to be given again', async () => {
  const id = await ask()
  const first = await request(olga, id)
  await apply(policy.replace('run: ask-the-slo', 'run: ask-the-slo, overridable: true'))
  await expect(confirm(paul, first.id)).rejects.toMatchObject({ reason: 'override_void' })
  await confirm(paul, (await request(olga, id)).id)
  await apply(policy)
  expect(await approve(id)).toBe('waiting')
  expect((await unmet(id)).unmet).toEqual(['command'])
  expect((await unmet(id)).overrides.map(({ state }) => state)).toEqual(['unconfirmed', 'void'])
  await confirm(paul, first.id)
  expect(await stateOf(id)).toBe('succeeded')
})

test('A05 an override counts for one promotion, one environment and one gate, once', async () => {
  const { digest } = await rig.build()
  const [id, elsewhere] = [await ask('prod', rig.admin, digest), await ask('other', rig.admin, digest)]
  const override = await overridden(id)
  expect(await request(olga, id)).toMatchObject({ id: override, state: 'in-force' })
  expect(await confirm(paul, override)).toMatchObject({ id: override })
  await expect(request(olga, id, { risk: 'another one' })).rejects.toMatchObject({ reason: 'already_requested' })
  expect(await approve(id)).toBe('succeeded')
  expect(await approve(elsewhere)).toBe('waiting')
  expect((await unmet(elsewhere)).unmet).toEqual(['command'])
  await expect(request(olga, id)).rejects.toMatchObject({ code: 'conflict' })
  expect(await confirm(paul, override)).toMatchObject({ state: 'used' })
  const again = await ask('prod', rig.admin, digest)
  expect(await approve(again)).toBe('waiting')
  expect((await typesOf(id)).filter((type) => type === 'override.used')).toHaveLength(1)
})

test.each([
  ['olga', 'loses the right'],
  ['paul', 'loses the right'],
  ['paul', 'is disabled'],
])('A06 when %s %s before the start, the override counts no longer', async (name, what) => {
  const id = await ask()
  await overridden(id)
  const actor = `${name}@local`
  const right = { actor, role: 'operator' as const, project: null, environment: null }
  const { admin, app } = rig
  if (what === 'is disabled') await disableMember(app, admin, { actor })
  else await removeGrant(app, admin, right)
  expect(await approve(id)).toBe('waiting')
  expect(await unmet(id)).toEqual({
    unmet: ['command'],
    overrides: [{ state: 'void', note: `${actor} may not override here now` }],
  })
  if (what === 'is disabled') return
  await addGrant(app, admin, right)
  expect(await stateOf(id)).toBe('succeeded')
})

test('an override ends when it says, and at the latest with the promotion', async () => {
  const id = await ask()
  const { expiresAt } = await request(olga, id, { expiresAfter: '7d', risk: 'until it expires' })
  expect(expiresAt.getTime()).toBeLessThanOrEqual((await rig.promotion(id)).expiresAt.getTime())
  await rig.pool.query('alter table override disable trigger override_final')
  await rig.pool.query('update override set expires_at = now() where promotion = $1', [id])
  await rig.pool.query('alter table override enable trigger override_final')
  expect((await unmet(id)).overrides).toMatchObject([{ state: 'expired' }])
})

test('nobody overrides a signature, unless the policy of the environment says so', async () => {
  const id = await ask()
  await expect(request(olga, id, { gate: 'signature' })).rejects.toMatchObject({ reason: 'not_overridable' })
  await expect(request(olga, id, { gate: 'soak' })).rejects.toThrow(
    'has to pass (signature, approval, command), found soak',
  )
  await apply(policy.replace('use: signature', 'use: signature, overridable: true'))
  expect(await request(olga, id, { gate: 'signature' })).toMatchObject({ state: 'unconfirmed' })
  await apply(policy)
})

test('an override of the approval gate does without people, and never covers a no', async () => {
  const id = await ask()
  await overridden(id)
  const { id: override } = await request(olga, id, { gate: 'approval' })
  const reject = { project: rig.project, id, decision: 'reject' as const, reason: 'not tonight' }
  await answerPromotion(rig.app, ana, reject)
  expect(await stateOf(id)).toBe('rejected')
  await expect(confirm(paul, override)).rejects.toMatchObject({ code: 'conflict' })

  const other = await ask()
  await overridden(other)
  await confirm(paul, (await request(olga, other, { gate: 'approval' })).id)
  expect(await stateOf(other)).toBe('succeeded')
})

test('an override that one of them takes back counts no more, and can be given again', async () => {
  const id = await ask()
  const override = await overridden(id)
  const withdraw = (actor: Actor) =>
    withdrawOverride(rig.app, actor, { project: rig.project, override, reason: 'it answers again' })
  await expect(withdraw(ana)).rejects.toMatchObject({ reason: 'permission_missing' })
  expect(await withdraw(paul)).toMatchObject({ state: 'withdrawn', note: 'paul@local took it back: it answers again' })
  await expect(withdraw(olga)).rejects.toMatchObject({ code: 'conflict' })
  const quinn = await rig.addMember('quinn', ['operator'])
  await expect(confirm(quinn, override)).rejects.toMatchObject({ reason: 'override_withdrawn' })
  expect(await approve(id)).toBe('waiting')
  expect(await unmet(id)).toMatchObject({ unmet: ['command'], overrides: [{ state: 'withdrawn' }] })
  expect(await typesOf(id)).toContain('override.withdrawn')
  await overridden(id)
  expect(await stateOf(id)).toBe('succeeded')
})

test('A35 a freeze holds what was approved before it, and only two people get past it, on the record', async () => {
  const id = await ask()
  await overridden(id)
  const ever = '{ from: 2020-01-01, to: 2099-01-01 }'
  await apply(`${policy}freezes:\n  year-end: { reason: the year ends, when: [${ever}] }\n`)
  expect(await approve(id)).toBe('waiting')
  expect((await unmet(id)).unmet).toEqual(['freeze-year-end'])
  await confirm(paul, (await request(olga, id, { gate: 'freeze-year-end' })).id)
  expect(await stateOf(id)).toBe('succeeded')
  expect(await typesOf(id)).toContain('override.used')
  await apply(policy)
})

test('A07 of many people who confirm and start at the same moment exactly one counts, and it is used once', async () => {
  const id = await ask()
  const { id: override } = await request(olga, id)
  const people = await Promise.all(Array.from({ length: 8 }, (_, index) => rig.addMember(`op-${index}`, ['operator'])))
  const tries = await Promise.allSettled(people.map((person) => confirm(person, override)))
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const promotion = await rig.promotion(id)
  await answerPromotion(rig.app, ana, { project: rig.project, id, decision: 'approve', reason: 'looks right' })
  await Promise.allSettled(Array.from({ length: 6 }, () => judgePromotion(rig.app, promotion)))
  expect(await stateOf(id)).toBe('succeeded')
  const types = await typesOf(id)
  for (const type of ['override.granted', 'override.used', 'deploy.started']) {
    expect(
      types.filter((each) => each === type),
      type,
    ).toHaveLength(1)
  }
})

test('A30 the database itself refuses to change what was said, or to confirm it twice', async () => {
  const id = await ask()
  const override = await overridden(id)
  for (const change of [`reason = 'x'`, `confirmed_by = 'eve@local'`, 'expires_at = now()', `confirmed_by = null`]) {
    await expect(rig.pool.query(`update override set ${change} where id = $1`, [override])).rejects.toThrow(/override/)
  }
  await expect(rig.pool.query('delete from override where id = $1', [override])).rejects.toThrow(/cannot be changed/)
})

test('A30 overrides that are not what the log says of them are found', async () => {
  const differing = async () => {
    const { items } = await listDiscrepancies(rig.app, rig.admin)
    return items.filter(({ kind }) => kind === 'override')
  }
  const id = await ask()
  const override = await overridden(id)
  expect(await differing()).toEqual([])
  await rig.pool.query('alter table override disable trigger override_final')
  await rig.pool.query(`update override set risk = 'none at all' where id = $1`, [override])
  await rig.pool.query('alter table override enable trigger override_final')
  expect(await differing()).toMatchObject([
    { subject: override, recorded: { risk: 'none at all' }, logged: { risk: words.risk } },
  ])
  expect((await unmet(id)).overrides).toMatchObject([{ state: 'void' }])
})
