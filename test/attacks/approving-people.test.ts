import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../rig/cli.ts'
import { startServer, type Asked } from '../rig/server.ts'

const configuration = (count: number) => `
project: shop
environments:
  prod:
    deploy: { use: target }
    gates: [{ use: approval, count: ${count}, group: releasers, exclude: [requester, author] }]
  other:
    deploy: { use: target }
    gates: [{ use: approval, count: ${count}, exclude: [requester, author] }]
`

let rig: Awaited<ReturnType<typeof startServer>>
beforeEach(async () => {
  rig = await startServer()
  await apply(1)
})
afterEach(() => rig.stop())

const apply = (count: number) =>
  rig.clientOf(rig.adminToken).applyRevision({ project: 'shop', text: configuration(count) })

/** Someone who may ask and approve, in the group that counts. */
async function releaser(name: string) {
  const { actor, token } = await rig.login(name, ['developer', 'approver'])
  await rig.clientOf(rig.adminToken).joinGroup({ project: 'shop', group: 'releasers', actor: actor.id })
  return { actor, token }
}

async function asked(token: string, release: string, environment = 'prod') {
  const { id } = await rig.clientOf(token).requestPromotion({ project: 'shop', environment, release })
  await rig.drain()
  return id
}

const answering = (id: string, token: string, more: { decision?: string; key?: string } = {}): Asked => ({
  method: 'POST',
  path: `/api/v1/projects/shop/promotions/${id}/approvals`,
  body: { decision: more.decision ?? 'approve', reason: 'looks good' },
  token,
  ...(more.key && { headers: { 'idempotency-key': more.key } }),
})

async function stateOf(id: string) {
  await rig.drain()
  return (await rig.promotion(id)).state
}

/** What every refused attack has in common: nothing changed, one entry that says who tried, and no more. */
async function denies(attack: () => Promise<unknown>, by: string): Promise<void> {
  const [before, logged] = [await rig.state(), (await rig.logged()).length]
  await attack()
  const entries = (await rig.logged()).slice(logged)
  expect(entries.map(({ type, actor, subject }) => ({ type, actor, subject }))).toEqual([
    { type: 'access.denied', actor: by, subject: 'answerPromotion' },
  ])
  expect(await rig.state()).toBe(before)
  expect(rig.target.executions).toEqual([])
}

test('A01 who asked may not approve: not with another token, a narrower one, by the CLI, nor as a machine of theirs', async () => {
  const alice = await releaser('alice')
  const id = await asked(alice.token, (await rig.build()).digest)
  const narrow = { project: 'shop', permissions: ['project.read' as const, 'promotion.approve' as const] }
  const tokens = [alice.token, await rig.tokenOf(alice.actor), await rig.tokenOf(alice.actor, narrow)]
  for (const token of tokens) {
    await denies(async () => {
      const { status, body } = await rig.ask(answering(id, token))
      expect([status, body.code, body.reason]).toEqual([403, 'forbidden', 'self_approval'])
    }, 'alice@local')
  }

  await denies(async () => {
    const env = { LOCKFLIGHT_HOME: join(rig.folder, 'no-home'), LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_PROJECT: 'shop' }
    const surroundings = { cwd: tmpdir(), env: { ...env, LOCKFLIGHT_TOKEN: alice.token } }
    const { code, stdout } = await runCommand(['approve', id, '--reason', 'mine', '--json'], surroundings)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'forbidden', reason: 'self_approval' } })
  }, 'alice@local')

  const admin = rig.clientOf(rig.adminToken)
  await admin.saveMember({ subject: 'alices-bot', kind: 'machine', name: 'Alice' })
  await admin.addGrant({ actor: 'alices-bot@local', role: 'approver', project: 'shop' })
  await admin.joinGroup({ project: 'shop', group: 'releasers', actor: 'alices-bot@local' })
  const { secret } = await admin.createToken({ owner: 'alices-bot@local', label: 'for Alice', project: 'shop' })
  await denies(async () => {
    const { status, body } = await rig.ask(answering(id, secret))
    expect([status, body.code]).toEqual([403, 'forbidden'])
  }, 'alices-bot@local')

  expect(await stateOf(id)).toBe('waiting')
  const why = await admin.explainPromotion({ project: 'shop', id })
  expect(why.unmet).toMatchObject([{ reason: '0 of 1 approvals' }])
})

test('A01 the author of the commit may not approve, however the address is spelt', async () => {
  const alice = await releaser('alice')
  const emails = ['alice@example.org', 'Alice.Private@Example.Net']
  const { id: member } = alice.actor
  await rig.clientOf(rig.adminToken).saveMember({ subject: 'alice', kind: 'human', name: 'Alice', emails })
  for (const authorEmail of ['alice@example.org', 'ALICE@EXAMPLE.ORG', 'alice.private@example.net']) {
    const release = await rig.build({ authorEmail })
    expect(release.author).toBe(member)
    const id = await asked(rig.adminToken, release.digest)
    await denies(async () => {
      const { status, body } = await rig.ask(answering(id, alice.token))
      expect([status, body.reason]).toEqual([403, 'self_approval'])
    }, 'alice@local')
    expect(await stateOf(id)).toBe('waiting')
  }
})

test('A05 an approval sent again does what it did: for another promotion, environment, answer or end it is refused', async () => {
  await apply(2)
  const [bob, cyd] = [await releaser('bob'), await releaser('cyd')]
  const [release, other] = [await rig.build(), await rig.build()]
  const id = await asked(rig.adminToken, release.digest)
  const elsewhere = await asked(rig.adminToken, release.digest, 'other')
  const key = randomUUID()
  const first = await rig.ask(answering(id, bob.token, { key }))
  expect(first.status).toBe(200)
  const before = await rig.state()

  // Sent once more, with its key and without: the same answer.
  expect((await rig.ask(answering(id, bob.token, { key }))).text).toBe(first.text)
  expect((await rig.ask(answering(id, bob.token))).text).toBe(first.text)
  // Under the same key: another answer, another promotion.
  for (const changed of [
    answering(id, bob.token, { key, decision: 'reject' }),
    answering(elsewhere, bob.token, { key }),
  ]) {
    expect((await rig.ask(changed)).body).toMatchObject({ status: 409, reason: 'idempotency_mismatch' })
  }
  // Under someone else's name it is an approval of theirs, or of nobody's.
  expect((await rig.ask(answering(id, 'lf_' + 'x'.repeat(43), { key }))).status).toBe(401)
  expect(await rig.state()).toBe(before)
  expect([await stateOf(id), await stateOf(elsewhere)]).toEqual(['waiting', 'waiting'])

  // After it was used: the promotion went through, and the next one of the same release starts with nothing.
  await rig.ask(answering(id, cyd.token))
  expect(await stateOf(id)).toBe('succeeded')
  expect((await rig.ask(answering(id, bob.token, { key }))).text).toBe(first.text)
  expect((await rig.ask(answering(id, bob.token))).body).toMatchObject({ status: 409, code: 'conflict' })
  const again = await asked(rig.adminToken, release.digest)
  await rig.ask(answering(again, cyd.token))
  expect(await stateOf(again)).toBe('waiting')

  // After a rejection: nothing that was given before, or is given now, brings it back.
  const rejected = await asked(rig.adminToken, other.digest)
  const kept = randomUUID()
  const yes = await rig.ask(answering(rejected, bob.token, { key: kept }))
  await rig.ask(answering(rejected, cyd.token, { decision: 'reject' }))
  expect(await stateOf(rejected)).toBe('rejected')
  expect((await rig.ask(answering(rejected, bob.token, { key: kept }))).text).toBe(yes.text)
  expect((await rig.ask(answering(rejected, bob.token))).body).toMatchObject({ status: 409 })
  expect(await stateOf(rejected)).toBe('rejected')
  expect(rig.target.executions.filter(({ promotion }) => promotion !== id)).toEqual([])
})

test('A05 an approval is for the first attempt; for a second it would have to be given again', async () => {
  await apply(2)
  const [bob, cyd] = [await releaser('bob'), await releaser('cyd')]
  const id = await asked(rig.adminToken, (await rig.build()).digest)
  await rig.ask(answering(id, bob.token))
  await rig.pool.query('update promotion set attempt = 1 where id = $1', [id])
  await rig.ask(answering(id, cyd.token))
  expect(await stateOf(id)).toBe('waiting')
  const why = await rig.clientOf(rig.adminToken).explainPromotion({ project: 'shop', id })
  expect(why.unmet[0]?.reason).toContain('bob@local does not count: answered to something else')
})

test('A07 one person with several tokens, fifty times at once, twice in the group, counts once', async () => {
  await apply(2)
  const bob = await releaser('bob')
  const admin = rig.clientOf(rig.adminToken)
  expect(await admin.joinGroup({ project: 'shop', group: 'releasers', actor: 'bob@local' })).toEqual({ changed: false })
  const id = await asked(rig.adminToken, (await rig.build()).digest)
  const tokens = [bob.token, await rig.tokenOf(bob.actor), await rig.tokenOf(bob.actor, { project: 'shop' })]
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => rig.ask(answering(id, tokens[n % tokens.length] ?? bob.token))),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect(await stateOf(id)).toBe('waiting')
  const why = await admin.explainPromotion({ project: 'shop', id })
  expect(why.unmet).toMatchObject([{ observed: '1: bob@local' }])
  expect(rig.target.executions).toEqual([])
})

test('A07 nobody gets a second name that looks like their first, and no group gets into another', async () => {
  await releaser('bob')
  const before = await rig.state()
  const lookalikes = ['Bob', 'BOB', 'bоb', 'bob\u200b', 'bob\u00ad', 'ｂob', 'bob ', ' bob', 'bób', 'bo\u0062\u0301']
  const aliases = ['bob@example.org', 'bob+2', 'bob@local', 'bob%40local', 'bob/2', '']
  for (const subject of [...lookalikes, ...aliases]) {
    const body = { subject, kind: 'human', name: 'Bob' }
    const answer = await rig.ask({ method: 'POST', path: '/api/v1/members', body, token: rig.adminToken })
    expect({ subject, status: answer.status }).toEqual({ subject, status: 400 })
  }
  for (const actor of ['Bob@local', 'bob@Local', 'bob@local@local', 'releasers@local', 'bob@example.org']) {
    const path = '/api/v1/projects/shop/groups/releasers/members'
    const answer = await rig.ask({ method: 'POST', path, body: { actor }, token: rig.adminToken })
    expect({ actor, status: answer.status }).toEqual({ actor, status: 404 })
  }
  const nested = { method: 'POST', path: '/api/v1/projects/shop/groups/all/members', token: rig.adminToken }
  expect((await rig.ask({ ...nested, body: { actor: 'releasers' } })).status).toBe(400)
  expect((await rig.ask({ ...nested, body: { group: 'releasers', actor: 'bob@local' } })).status).toBe(400)
  expect(await rig.state()).toBe(before)
})
