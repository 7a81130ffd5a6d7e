import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleRequest, type Known } from '../../test/rig/samples.ts'
import { startServer, type Asked } from '../../test/rig/server.ts'
import { permissionsOf } from '../access/roles.ts'
import { api, type Api } from '../api/api.ts'
import { prefix } from '../api/endpoint.ts'
import { createToken } from '../app/create-token.ts'
import { requestPromotion } from '../app/request-promotion.ts'
import { roles, type Permission, type Role } from '../core/access.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let known: Known
const tokens = {} as Record<Role, string>

beforeAll(async () => {
  rig = await startServer()
  const { app, admin } = rig
  const release = await rig.build()
  await rig.drain()
  const asked = { project: 'shop', environment: 'stg', class: 'standard', release: release.digest, reason: '' } as const
  const { id: promotion } = await requestPromotion(app, admin, asked)
  const member = await rig.addMember('someone', ['viewer'])
  const { token } = await createToken(app, member, { label: 'theirs', expiresAfter: '1h' })
  known = { release: release.digest, promotion, run: release.run!, token: token.id, member: member.id }
  for (const role of roles) tokens[role] = (await rig.login(`the-${role}`, [role])).token
})
afterAll(() => rig.stop())

const names = Object.keys(api) as (keyof Api)[]
const lacks = (role: Role, permission: Permission | 'authenticated') =>
  permission !== 'authenticated' && !permissionsOf[role].includes(permission)

const requestOf = (name: keyof Api): Asked => sampleRequest(name, known)

test('A02 every route without a token is refused, whatever it is asked', async () => {
  const before = await rig.state()
  for (const name of names) {
    const { status, body } = await rig.ask(requestOf(name))
    expect({ name, status, code: body.code }).toEqual({ name, status: 401, code: 'unauthenticated' })
  }
  expect(await rig.state()).toBe(before)
})

test.each(roles)('A02 the role %s gets nothing that its row does not give', async (role) => {
  const before = await rig.state()
  for (const name of names.filter((each) => lacks(role, api[each].permission))) {
    const logged = (await rig.logged()).length
    const { status, body } = await rig.ask({ ...requestOf(name), token: tokens[role] })
    expect({ name, status, code: body.code }).toEqual({ name, status: 403, code: 'forbidden' })
    const entries = (await rig.logged()).slice(logged)
    expect(entries).toMatchObject([{ type: 'access.denied', actor: `the-${role}@local`, subject: name }])
    expect(entries[0]?.data['permission']).toBe(api[name].permission)
  }
  expect(await rig.state()).toBe(before)
})

test('A15 a file is not even read for who may not apply it', async () => {
  const body = { text: 'a: *nowhere', file: 'lockflight.yaml', dryRun: false }
  const asked = { method: 'POST', path: `${prefix}/projects/shop/revisions`, body }
  expect((await rig.ask({ ...asked, token: tokens.viewer })).body).toMatchObject({ code: 'forbidden' })
  expect((await rig.ask({ ...asked, token: tokens.admin })).body).toMatchObject({ code: 'invalid' })
})

test('A02 what a role may read it can read', async () => {
  for (const role of roles) {
    for (const name of names.filter((each) => api[each].method === 'GET' && !lacks(role, api[each].permission))) {
      if (name === 'listTokens' || name === 'readDeploymentLog') continue
      const { status, text } = await rig.ask({ ...requestOf(name), token: tokens[role] })
      expect({ name, role, status, text: status === 200 ? '' : text }).toEqual({ name, role, status: 200, text: '' })
    }
  }
})

test('A02 no other spelling of a path and no other method reaches a verb', async () => {
  const before = await rig.state()
  for (const name of names.filter((each) => api[each].method === 'POST')) {
    const asked = requestOf(name)
    const { path } = asked
    const spellings = [
      `${path}/`,
      `${path};x`,
      `${path}%2f`,
      `${path}/.`,
      `/${path}`,
      path.replace('/v1/', '/v1//'),
      path.replace('/v1/', '/V1/'),
      path.replace('/api/', '/API/'),
      path.replace('/v1/', '/v1/./'),
      path.replace('/v1/', '/v1/x/../'),
      `${path}.json`,
      `${path}#x`,
    ]
    for (const spelling of spellings) {
      const { status } = await rig.ask({ ...asked, path: spelling, token: rig.adminToken })
      expect({ spelling, found: status >= 400 && status < 500 }).toEqual({ spelling, found: true })
    }
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status } = await rig.ask({ ...asked, method, token: rig.adminToken })
      const refused = status >= 400 || (method === 'HEAD' && isRead(asked.path))
      expect({ name, method, refused }).toEqual({ name, method, refused: true })
    }
    const overridden = { 'x-http-method-override': 'POST', 'x-original-url': path, 'x-rewrite-url': path }
    const { status } = await rig.ask({ path: '/healthz', headers: overridden, token: tokens.viewer })
    expect(status).toBe(200)
  }
  expect(await rig.state()).toBe(before)
})

/** HEAD is only ever a GET without the body. */
function isRead(path: string): boolean {
  return names.some((name) => api[name].method === 'GET' && requestOf(name).path.split('?')[0] === path)
}

test('A02 the server serves the endpoints and the few routes named here, and nothing else', () => {
  const served = routesOf(rig.server.printRoutes())
  const declared = Object.values(api).map(({ method, path }) => `${method} ${prefix}${path}`)
  const odd = [
    'GET /api/v1/projects/:project/releases/:release/artifacts/:name',
    'GET /events',
    'GET /healthz',
    'GET /log/checkpoint',
    'GET /log/key',
    'GET /log/tile/*',
    'GET /metrics',
    'GET /readyz',
    'POST /api/v1/projects/:project/uploads/:digest',
  ]
  expect(served.filter((route) => !route.startsWith('HEAD ')).toSorted()).toEqual([...declared, ...odd].toSorted())
  const reads = served.filter((route) => route.startsWith('GET ')).map((route) => route.slice(4))
  expect(
    served
      .filter((route) => route.startsWith('HEAD '))
      .map((route) => route.slice(5))
      .toSorted(),
  ).toEqual(reads.toSorted())
})

/** `METHOD path` of each route, from the tree that the router prints. */
function routesOf(tree: string): string[] {
  const stack: { depth: number; path: string }[] = []
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', segment, methods = ''] = /^([│├└─ ]*)(\S*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
    if (segment === undefined || segment === '') return []
    const depth = indent.length
    while ((stack.at(-1)?.depth ?? -1) >= depth) stack.pop()
    const path = (stack.at(-1)?.path ?? '') + segment
    stack.push({ depth, path })
    return methods === '' ? [] : methods.split(', ').map((method) => `${method} ${path}`)
  })
}

test.each(['/events', '/log/checkpoint', '/log/key', '/log/tile/0/000', '/log/tile/entries/000', '/metrics'])(
  'A02 %s wants a token too',
  async (path) => {
    expect((await rig.ask({ path })).status).toBe(401)
  },
)

test('A02 the entries of the log need log.read for everything, not only for one project', async () => {
  const { actor, token } = await rig.login('local-viewer', [])
  await rig.clientOf(rig.adminToken).addGrant({ actor: actor.id, role: 'viewer', project: 'shop' })
  expect((await rig.ask({ path: '/api/v1/log/entries', token })).status).toBe(200)
  expect((await rig.ask({ path: '/log/tile/entries/000.p/1', token })).status).toBe(403)
  expect((await rig.ask({ path: '/log/tile/entries/000.p/1', token: tokens.auditor })).status).toBe(200)
})
