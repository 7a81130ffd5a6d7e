import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'
import { api } from '../api/api.ts'
import { prefix } from '../api/endpoint.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let token: string

beforeAll(async () => {
  rig = await startServer()
  token = (await rig.login('boss', ['admin'])).token
})
afterAll(() => rig.stop())

/** What may be there before the first configuration of a project. */
const early = new Set(['listGroups', 'listSecrets'])

const looks = Object.entries(api)
  .filter(([, { method, path }]) => method === 'GET' && /^\/projects\/:project(\/[a-z]+)?$/.test(path))
  .map(([name, { path }]) => ({ name, path: `${prefix}${path.replace(':project', 'shpo')}` }))

test('a project that nobody has applied is not found, wherever one looks, and the answer names those that are there', async () => {
  expect(looks.length).toBeGreaterThan(10)
  const before = (await rig.logged()).length
  for (const { name, path } of looks.filter((look) => !early.has(look.name))) {
    const { status, body } = await rig.ask({ method: 'GET', path, token })
    expect({ name, status, code: body.code }).toEqual({ name, status: 404, code: 'not_found' })
    expect(body.detail).toBe('no project shpo here; expected one of these: shop; or register it with: lockflight apply')
  }
  // A slip of the pen is no attempt at what is not allowed.
  expect(await rig.logged()).toHaveLength(before)
})

test('what may be there before the first configuration is listed without one', async () => {
  const body = { name: 'TOKEN', value: 'hunter2!' }
  await rig.ask({ method: 'POST', path: `${prefix}/projects/shpo/secrets`, token, body })
  for (const { name, path } of looks.filter((look) => early.has(look.name))) {
    const { status, body: found } = await rig.ask({ method: 'GET', path, token })
    expect({ name, status, count: (found['items'] as unknown[]).length }).toEqual({
      name,
      status: 200,
      count: name === 'listSecrets' ? 1 : 0,
    })
  }
})
