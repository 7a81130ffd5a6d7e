import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'

const rig = await opened(startServer({ limits: { failuresPerMinute: 60 } }))

const me = (token: string) => rig.ask({ path: '/api/v1/me', token })

/** What the log says of uses of tokens that are not good any more. */
async function told(owner: string): Promise<unknown[]> {
  const entries = await rig.logged()
  return entries
    .filter(({ type, actor }) => type === 'access.denied' && actor === owner)
    .map(({ data }) => data['reason'])
}

test('a token shows who it belongs to', async () => {
  const { body } = await me(rig.adminToken)
  expect(body).toMatchObject({ id: 'admin@local', kind: 'human', scope: {} })
  expect(body.grants).toContainEqual({ actor: 'admin@local', role: 'admin', project: null, environment: null })
})

test('a revoked token is dead with the next request', async () => {
  const { actor, token } = await rig.login('revoked', ['viewer'])
  const { items } = await rig.clientOf(rig.adminToken).listTokens({ owner: actor.id })
  expect((await me(token)).status).toBe(200)
  await rig.clientOf(rig.adminToken).revokeToken({ id: items[0]!.id })
  expect((await me(token)).body).toMatchObject({ status: 401, code: 'unauthenticated', reason: 'token_unknown' })
  expect(await told(actor.id)).toEqual(['token_unknown'])
})

test('an expired token is dead, by the time of the database', async () => {
  const { actor, token } = await rig.login('expired', ['viewer'])
  await rig.pool.query(`update token set expires_at = now() - interval '1 ms' where owner = $1`, [actor.id])
  expect((await me(token)).body).toMatchObject({ status: 401, reason: 'token_expired' })
  expect(await told(actor.id)).toEqual(['token_expired'])
})

test('A06 all tokens of a disabled member are dead with the next request', async () => {
  const { actor, token } = await rig.login('disabled', ['approver'])
  const other = await rig.tokenOf(actor)
  await rig.clientOf(rig.adminToken).disableMember({ actor: actor.id })
  for (const each of [token, other]) {
    expect((await me(each)).body).toMatchObject({ status: 401, reason: 'member_disabled' })
  }
  expect(await told(actor.id)).toEqual(['member_disabled', 'member_disabled'])
})

test('A06 a role that was taken away allows nothing with the next request', async () => {
  const { actor, token } = await rig.login('demoted', ['operator'])
  const hold = { method: 'POST', path: '/api/v1/projects/shop/environments/prod/hold', body: { reason: 'x' }, token }
  expect((await rig.ask(hold)).status).toBe(200)
  const grant = { actor: actor.id, role: 'operator' } as const
  expect(await rig.clientOf(rig.adminToken).removeGrant(grant)).toEqual({ changed: true })
  expect((await rig.ask(hold)).status).toBe(404)
})

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['another scheme', `Basic ${Buffer.from('admin:admin').toString('base64')}`],
  ['no token', 'Bearer'],
  ['a token of another kind', 'Bearer ghp_0123456789'],
  ['a well-spelt token that is not known', `Bearer lf_${'A'.repeat(43)}`],
  ['a token and more', `Bearer lf_${'A'.repeat(43)} x`],
  ['a token with a blank', `Bearer lf_${'A'.repeat(20)} ${'A'.repeat(22)}`],
  ['one of 8 KiB', `Bearer lf_${'A'.repeat(8192)}`],
])('A24 with %s as credential nobody is let in, not even as anonymous', async (_, authorization) => {
  const headers = authorization === undefined ? {} : { authorization }
  const answer = await rig.ask({ path: '/api/v1/keys', headers })
  expect(answer.body).toMatchObject({ status: 401, code: 'unauthenticated' })
  expect(answer.headers['www-authenticate']).toBe('Bearer')
})

test('a token in the address is not a credential', async () => {
  expect((await rig.ask({ path: `/api/v1/keys?token=${rig.adminToken}` })).status).toBe(401)
})

test('A40 a narrowed token cannot make one that allows more, and a machine none for itself', async () => {
  const { actor } = await rig.login('narrow', ['admin'])
  const narrow = await rig.tokenOf(actor, { permissions: ['token.edit', 'project.read'], project: 'shop' })
  const make = (body: object) =>
    rig.ask({ method: 'POST', path: '/api/v1/tokens', token: narrow, body: { label: 'x', ...body } })
  expect((await make({ permissions: ['policy.edit'] })).body).toMatchObject({ status: 403, reason: 'scope_exceeded' })
  expect((await make({ project: 'other' })).body).toMatchObject({ status: 403, reason: 'scope_exceeded' })
  expect((await make({})).status).toBe(403)

  const admin = rig.clientOf(rig.adminToken)
  const machine = await admin.saveMember({ subject: 'bot', kind: 'machine', name: 'Bot' })
  await admin.addGrant({ actor: machine.id, role: 'developer', project: 'shop' })
  const { secret, token } = await admin.createToken({ owner: machine.id, label: 'ci', project: 'shop' })
  expect(token.scope).toEqual({ project: 'shop' })
  const own = await rig.ask({ method: 'POST', path: '/api/v1/tokens', token: secret, body: { label: 'more' } })
  expect(own.status).toBe(403)
})

test('A40 no token lives for ever', async () => {
  for (const expiresAfter of ['367d', '0s', '999999999w', 'never']) {
    const body = { label: 'long', expiresAfter }
    const { status } = await rig.ask({ method: 'POST', path: '/api/v1/tokens', token: rig.adminToken, body })
    expect({ expiresAfter, status }).toEqual({ expiresAfter, status: 400 })
  }
})

test('nobody gives rights to themselves', async () => {
  const admin = rig.clientOf(rig.adminToken)
  await expect(admin.addGrant({ actor: 'admin@local', role: 'approver' })).rejects.toMatchObject({
    reason: 'self_grant',
  })
  const group = { project: 'shop', group: 'releasers', actor: 'admin@local' }
  await expect(admin.joinGroup(group)).rejects.toMatchObject({ reason: 'self_grant' })
})

test('A37 an address with many failed logins is slowed down, and others on it still get in', async () => {
  const wrong = `lf_${'B'.repeat(43)}`
  const statuses = []
  for (let tries = 0; tries < 80; tries++) statuses.push((await me(wrong)).status)
  expect(statuses.at(-1)).toBe(429)
  expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([])
  expect((await me(rig.adminToken)).status).toBe(200)
})
