import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, type Api } from '../../src/api/api.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { sampleRequest, type Known } from '../rig/samples.ts'
import { startServer } from '../rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let known: Known
beforeAll(async () => {
  rig = await startServer()
  const release = await rig.build()
  await rig.drain()
  const asked = { project: 'shop', environment: 'stg', class: 'standard', release: release.digest, reason: '' } as const
  const { id: promotion } = await requestPromotion(rig.app, rig.admin, asked)
  const { id: member } = await rig.addMember('someone', ['viewer'])
  const { items } = await rig.clientOf(rig.adminToken).listTokens({})
  known = { release: release.digest, promotion, run: release.run!, token: items[0]!.id, member }
})
afterAll(() => rig.stop())

const changing = (Object.keys(api) as (keyof Api)[]).filter((name) => api[name].method === 'POST')

/** Puts a member in front of a JSON object. */
const first = (member: string) => (body: string) =>
  body.replace(/^\{(?=(.))/s, (_, next) => `{${member}${next === '}' ? '' : ','}`)

test.each([
  ['a key twice', (body: string) => first(/^\{("[^"]+":)/.exec(body)?.[1]?.concat('null') ?? '"a":1,"a":1')(body)],
  ['a key twice, escaped', (body: string) => first('"a":1,"\\u0061":1')(body)],
  ['__proto__', first('"__proto__":{"isAdmin":true}')],
  ['__proto__ inside', first('"a":{"__proto__":{"isAdmin":true}}')],
  ['a number beyond doubles', first('"a":1e400')],
  ['a number beyond 2^53', first('"a":9007199254740993')],
  ['NaN', first('"a":NaN')],
  ['half a surrogate pair', first('"a":"\\udc00"')],
  ['NUL', first('"a":"\\u0000"')],
  ['100 000 levels', first(`"a":${'['.repeat(100_000)}${']'.repeat(100_000)}`)],
  ['a byte order mark', (body: string) => `\uFEFF${body}`],
  ['a second document', (body: string) => `${body}${body}`],
])('A15 no endpoint takes a body with %s', async (_, trick) => {
  const before = await rig.state()
  for (const name of changing) {
    const request = sampleRequest(name, known)
    const body = trick(JSON.stringify(request.body))
    const answer = await rig.ask({ ...request, body, token: rig.adminToken })
    const { status, body: problem } = answer
    expect({ name, status, reason: problem.reason }).toEqual({ name, status: 400, reason: 'json.malformed' })
  }
  expect(await rig.state()).toBe(before)
  expect(Object.prototype).not.toHaveProperty('isAdmin')
})

test('A15 constructor and prototype are keys that no endpoint knows', async () => {
  const before = await rig.state()
  for (const name of changing) {
    const request = sampleRequest(name, known)
    const body = first('"constructor":{"prototype":{"isAdmin":true}},"prototype":{}')(JSON.stringify(request.body))
    const answer = await rig.ask({ ...request, body, token: rig.adminToken })
    expect({ name, reason: answer.body.reason }).toEqual({ name, reason: 'input_invalid' })
  }
  expect(await rig.state()).toBe(before)
  expect(Object.prototype).not.toHaveProperty('isAdmin')
})

/** A policy in JSON, which is YAML too, with a trick in the settings of its gate. */
const policy = (settings: string) =>
  `{"project":"shop","environments":{"prod":{"deploy":{"use":"target"},"gates":[{"use":"approval",${settings}}]}}}`

test.each([
  ['a key twice', '"count":2,"count":1'],
  ['a key twice, escaped', '"count":2,"co\\u0075nt":1'],
  ['__proto__', '"count":2,"__proto__":{"count":1}'],
  ['__proto__, escaped', '"count":2,"\\u005f_proto__":{"count":1}'],
  ['constructor', '"count":2,"constructor":{"prototype":{"count":1}}'],
  ['a merge key', '"count":2,"<<":{"count":1}'],
  ['a number beyond doubles', '"count":1e400'],
  ['a number beyond 2^53', '"count":9007199254740993'],
  ['a fraction', '"count":1.5'],
  ['NaN', '"count":.nan'],
  ['infinity', '"count":.inf'],
  ['a number as text', '"count":"2"'],
  ['half a surrogate pair', '"count":2,"group":"\\ud800"'],
  ['NUL', '"count":2,"group":"a\\u0000"'],
  ['NUL in YAML', '"count":2,"group":"a\\0"'],
  ['an invisible character in a key', '"coun\u200bt":1'],
  ['a byte order mark in a key', '"\\uFEFFcount":1'],
  ['100 000 levels', `"count":${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a second document', '"count":2}]}}}\n---\n{"project":"shop","environments":{"prod":{"gates":[{"use":"x"'],
])('A15 no policy with %s is applied', async (_, settings) => {
  const before = await rig.state()
  const body = { text: policy(settings), file: 'lockflight.yaml' }
  const path = '/api/v1/projects/shop/revisions'
  const answer = await rig.ask({ method: 'POST', path, body, token: rig.adminToken })
  expect(answer.status).toBe(400)
  expect(answer.body.problems[0].at).toMatch(/^lockflight\.yaml:\d+:\d+$/)
  expect(await rig.state()).toBe(before)
  expect(Object.prototype).not.toHaveProperty('count')
})

test('the policy that the tricks are put into is a good one', async () => {
  const body = { text: policy('"count":2'), file: 'lockflight.yaml', dryRun: true }
  const path = '/api/v1/projects/shop/revisions'
  expect((await rig.ask({ method: 'POST', path, body, token: rig.adminToken })).status).toBe(200)
})
