import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type Asked } from '../../test/rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let approver: { token: string }
beforeAll(async () => {
  rig = await startServer()
  approver = await rig.login('ben', ['approver'])
})
afterAll(() => rig.stop())

const countOf = async (type: string) => (await rig.logged()).filter((entry) => entry.type === type).length

function post(path: string, body: unknown, key: string, token = rig.adminToken): Asked {
  return { method: 'POST', path: `/api/v1${path}`, body, token, headers: { 'idempotency-key': key } }
}

function newMember(subject: string) {
  return { subject, kind: 'human', name: 'Some One' }
}

test('the same request under the same key has one effect and one answer (I10)', async () => {
  const asked = post('/members', newMember('once'), randomUUID())
  const before = await countOf('member.added')
  const first = await rig.ask(asked)
  const again = await rig.ask(asked)
  expect(first.status).toBe(200)
  expect(again.text).toBe(first.text)
  expect(await countOf('member.added')).toBe(before + 1)
})

test('twenty of the same at the same moment have one effect, and all get its answer', async () => {
  const before = await countOf('token.created')
  const asked = post('/tokens', { label: 'raced' }, randomUUID())
  const answers = await Promise.all(Array.from({ length: 20 }, () => rig.ask(asked)))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers[0]?.body.secret).toMatch(/^lf_/)
  expect(await countOf('token.created')).toBe(before + 1)
})

test('A05 another body, endpoint or path under a used key is refused and does nothing', async () => {
  const key = randomUUID()
  await rig.ask(post('/members', newMember('mismatch'), key))
  const before = await rig.state()
  const others = [
    post('/members', newMember('somebody-else'), key),
    post('/tokens', { label: 'other' }, key),
    post('/members/mismatch@local/disable', {}, key),
  ]
  for (const other of others) {
    const { status, body } = await rig.ask(other)
    expect([status, body.code, body.reason]).toEqual([409, 'conflict', 'idempotency_mismatch'])
  }
  expect(await rig.state()).toBe(before)
})

test('a key belongs to whoever used it', async () => {
  const key = randomUUID()
  const mine = await rig.ask(post('/tokens', { label: 'mine' }, key))
  const theirs = await rig.ask(post('/tokens', { label: 'mine' }, key, approver.token))
  expect(mine.body.token.owner).toBe('admin@local')
  expect(theirs.body.token.owner).toBe('ben@local')
})

test('an answer is for tokens of the same width: a narrowed one does not get it again', async () => {
  const key = randomUUID()
  const asked = { label: 'wide' }
  const wide = await rig.ask(post('/tokens', asked, key))
  const narrow = await rig.tokenOf(rig.admin, { permissions: ['project.read'] })
  const again = await rig.ask(post('/tokens', asked, key, narrow))
  expect(wide.status).toBe(200)
  expect(again.body).toMatchObject({ status: 409, reason: 'idempotency_mismatch' })
  expect(again.text).not.toContain('lf_')
})

test('a refused request does not use up its key', async () => {
  const key = randomUUID()
  const asked = post('/projects/shop/environments/dev/resume', { reason: 'was not held' }, key)
  expect((await rig.ask(asked)).status).toBe(409)
  await rig.ask(post('/projects/shop/environments/dev/hold', { reason: 'now it is' }, randomUUID()))
  expect((await rig.ask(asked)).status).toBe(200)
})

test('A05 an approval sent again changes nothing, for another promotion under its key it is refused, and without one it counts once', async () => {
  const ask = async () => {
    const release = await rig.build()
    await rig.drain()
    const body = { release: release.digest, environment: 'prod' }
    return (await rig.ask(post('/projects/shop/promotions', body, randomUUID()))).body.id as string
  }
  const [first, second] = [await ask(), await ask()]
  const approve = (id: string, key: string) =>
    post(`/projects/shop/promotions/${id}/approvals`, { decision: 'approve', reason: 'fine' }, key, approver.token)
  const key = randomUUID()
  const given = await rig.ask(approve(second, key))
  expect(given.status).toBe(200)
  expect((await rig.ask(approve(second, key))).text).toBe(given.text)
  expect((await rig.ask(approve(second, randomUUID()))).body.id).toBe(given.body.id)
  expect((await rig.ask(approve(first, key))).body).toMatchObject({ status: 409, reason: 'idempotency_mismatch' })
  expect(await countOf('approval.granted')).toBe(1)
})

test('an answer kept under a key is unreadable in the database', async () => {
  const { body } = await rig.ask(post('/tokens', { label: 'kept' }, randomUUID()))
  const { rows } = await rig.pool.query<{ row: string }>(`select encode(sealed, 'escape') as row from reply`)
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter(({ row }) => row.includes(body.secret) || row.includes('lf_') || row.includes('label'))).toEqual(
    [],
  )
})

test.each(['short', 'with blank', 'é-is-not-ascii', 'x'.repeat(129)])('the key %j is refused', async (key) => {
  const asked = { ...post('/tokens', { label: 'x' }, 'replaced'), headers: { 'idempotency-key': encodeHeader(key) } }
  expect((await rig.ask(asked)).body).toMatchObject({ status: 400, code: 'invalid' })
})

function encodeHeader(text: string): string {
  return Buffer.from(text).toString('latin1')
}
