import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'

const rig = await opened(startServer())

const members = '/api/v1/members'
const post = (body: unknown, path = members) => rig.ask({ method: 'POST', path, body, token: rig.adminToken })
const get = (path: string) => rig.ask({ path: `/api/v1${path}`, token: rig.adminToken })

test('a refusal is a problem document that names every mistake with its place (RFC 9457)', async () => {
  const { status, headers, body } = await post({ subject: 'Upper Case', kind: 'robot', nmae: 'x' })
  expect(status).toBe(400)
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(body).toMatchObject({
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    code: 'invalid',
    reason: 'input_invalid',
  })
  expect(body.problems.map(({ at }: { at: string }) => at).toSorted()).toEqual(['kind', 'name', 'nmae', 'subject'])
  expect(body.detail).toContain('kind: expected one of human, machine; found robot')
  expect(body.detail).toContain('nmae: expected one of subject, kind, name, emails; found nmae, did you mean name?')
  expect(body.requestId).toBe(headers['x-request-id'])
})

test('what nobody expected shows nothing of itself, and is reported once under the id in the answer', async () => {
  await rig.pool.query('alter table trusted_key rename to hidden')
  const { status, body } = await get('/keys')
  await rig.pool.query('alter table hidden rename to trusted_key')
  expect(status).toBe(500)
  expect(body).toMatchObject({ status: 500, code: 'internal' })
  expect(JSON.stringify(body)).not.toMatch(/trusted_key|relation|select/)
  expect(rig.reported.splice(0)).toHaveLength(1)
})

test.each([
  ['a key twice', '{"subject":"a","subject":"b","kind":"human","name":"A"}'],
  ['__proto__', '{"__proto__":{"admin":true},"subject":"a","kind":"human","name":"A"}'],
  ['an escaped __proto__', '{"\\u005f_proto__":{},"subject":"a","kind":"human","name":"A"}'],
  ['constructor', '{"constructor":{"prototype":{"x":1}},"subject":"a","kind":"human","name":"A"}'],
  ['a number beyond doubles', '{"subject":1e400,"kind":"human","name":"A"}'],
  ['a number that is not exact', '{"subject":"a","kind":"human","name":9007199254740993}'],
  ['half a surrogate pair', '{"subject":"a","kind":"human","name":"\\ud800"}'],
  ['NUL', '{"subject":"a","kind":"human","name":"\\u0000"}'],
  ['a byte order mark', '\uFEFF{"subject":"a","kind":"human","name":"A"}'],
  ['NaN', '{"subject":"a","kind":"human","name":NaN}'],
  ['a comment', '{/* */"subject":"a","kind":"human","name":"A"}'],
  ['a trailing comma', '{"subject":"a","kind":"human","name":"A",}'],
  ['more behind the end', '{"subject":"a","kind":"human","name":"A"}{}'],
  ['100 000 levels', '['.repeat(100_000)],
  ['a list', '[]'],
  ['null', 'null'],
  ['nothing', ''],
])('A15 a body with %s is refused and changes nothing', async (_, body) => {
  const before = await rig.state()
  const { status, body: answer } = await post(body)
  expect({ status, code: answer.code }).toEqual({ status: 400, code: 'invalid' })
  expect(await rig.state()).toBe(before)
  expect(Object.prototype).not.toHaveProperty('admin')
})

test('A15 bytes that are not UTF-8 are refused', async () => {
  const body = Buffer.from('{"subject":"a","kind":"human","name":"\u00ff"}', 'latin1')
  const { status, text } = await post(body)
  expect([status, text]).toEqual([400, expect.stringContaining('expected JSON in UTF-8')])
})

test.each([
  ['a form', 'application/x-www-form-urlencoded'],
  ['plain text', 'text/plain'],
  ['JSON in another alphabet', 'application/json; charset=utf-16'],
  ['several types', 'application/json, text/plain'],
])('A26 a body sent as %s is refused', async (_, type) => {
  const body = JSON.stringify({ subject: 'a', kind: 'human', name: 'A' })
  const answer = await rig.ask({
    method: 'POST',
    path: members,
    token: rig.adminToken,
    body,
    headers: { 'content-type': type },
  })
  expect(answer.body).toMatchObject({ status: 415, code: 'invalid', reason: 'unsupported_media_type' })
})

test('A09 nothing may be said twice: neither in path and body nor in the query of a POST', async () => {
  const hold = '/api/v1/projects/shop/environments/prod/hold'
  const before = await rig.state()
  for (const [body, path] of [
    [{ reason: 'x', project: 'shop' }, hold],
    [{ reason: 'x', environment: 'dev' }, hold],
    [{ reason: 'x' }, `${hold}?environment=dev`],
  ] as const) {
    expect((await post(body, path)).body).toMatchObject({ status: 400, reason: 'input_invalid' })
  }
  expect(await rig.state()).toBe(before)
})

test.each([
  'limit=0',
  'limit=201',
  'limit=1e2',
  'limit=0x10',
  'limit=+5',
  'limit=05',
  'limit=',
  'limit=10.0',
  'limit=5&limit=6',
  'limit=1000000000',
  'state=WAITING',
  'sort=id',
  'cursor=x',
  'cursor=2026-13-45T99:99:99.999Z~x',
  "cursor=2026-01-01T00:00:00.000Z~x'%20or%201=1--",
  'environment=../prod',
  'environment=prod%00',
  '__proto__=1',
])('A28 the query ?%s is refused', async (query) => {
  expect((await get(`/projects/shop/promotions?${query}`)).body).toMatchObject({ status: 400, code: 'invalid' })
})

test('what is wrong with a cursor is said once', async () => {
  const { body } = await get('/projects/shop/promotions?cursor=x')
  expect(body.problems).toEqual([{ at: 'cursor', message: 'expected the `next` of the page before' }])
})

test.each(["shop'--", 'shop%00', '%2e%2e', 'SHOP', 'shop%20', '%', '%zz', '%ff', 'x'.repeat(2000)])(
  'A28 the project %s is refused or unknown, and nothing else',
  async (project) => {
    const { status, body } = await get(`/projects/${project}/status`)
    expect([400, 404, 414]).toContain(status)
    expect(['invalid', 'not_found']).toContain(body.code)
  },
)

test('true and false are only what is spelt so', async () => {
  expect((await get('/tokens?all=true')).status).toBe(200)
  for (const all of ['1', 'TRUE', 'yes', '']) expect((await get(`/tokens?all=${all}`)).status).toBe(400)
})

test('a list in the query is said one by one', async () => {
  const typesOf = async (query: string) => {
    const { body } = await get(`/log/entries?${query}`)
    return [...new Set<string>(body.items.map(({ type }: { type: string }) => type))].toSorted()
  }
  const both = ['revision.applied', 'token.created']
  await expect.poll(() => typesOf(both.map((type) => `types=${type}`).join('&'))).toEqual(both)
  expect(await typesOf('types=token.created')).toEqual(['token.created'])
  expect((await get('/log/entries?types=revision.applied,token.created')).status).toBe(400)
})

test('A09 a project one may not know of answers like one that is not there, letter by letter', async () => {
  const { token } = await rig.login('mallory', [])
  const bodyOf = async (project: string) => {
    const { body } = await rig.ask({ path: `/api/v1/projects/${project}/status`, token })
    return { ...body, requestId: '', detail: body.detail.replace(project, '…') }
  }
  expect(await bodyOf('shop')).toEqual(await bodyOf('none'))
  expect((await bodyOf('shop')).status).toBe(404)
  const denied = (await rig.logged()).filter(({ type, actor }) => type === 'access.denied' && actor === 'mallory@local')
  expect(denied.map(({ subject, data }) => [subject, data['code']])).toEqual([
    ['getStatus', 'not_found'],
    ['getStatus', 'not_found'],
    ['getStatus', 'not_found'],
  ])
})

test('pages follow one another without gaps and repeats, also among equal times', async () => {
  for (let count = 0; count < 7; count++) await rig.build()
  await rig.pool.query('alter table release disable trigger user')
  await rig.pool.query(`update release set created_at = date_trunc('minute', now())`)
  const client = rig.clientOf(rig.adminToken)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof client.listReleases>> = await client.listReleases({
      project: 'shop',
      limit: 2,
      ...(cursor && { cursor }),
    })
    seen.push(...page.items.map(({ digest }) => digest))
    cursor = page.next
  } while (cursor)
  expect(seen).toHaveLength(7)
  expect(new Set(seen).size).toBe(7)
})
