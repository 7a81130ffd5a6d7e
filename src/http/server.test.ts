import { once } from 'node:events'
import http from 'node:http'
import { expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'

test('an endpoint answers in the shape it declares, under headers that do nothing in a browser', async () => {
  const rig = await startServer()
  const { status, headers, body } = await rig.ask({ path: '/api/v1/projects/shop', token: rig.adminToken })
  await rig.stop()
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  })
  expect(headers).not.toHaveProperty('access-control-allow-origin')
  expect(body).toMatchObject({ project: 'shop', revision: { number: 1, appliedBy: 'admin@local' } })
  expect(body.revision.appliedAt).toMatch(/^\d{4}-.*Z$/)
})

test('a method that an address does not know is told those it does, and an address that is none is not found', async () => {
  const rig = await startServer()
  const ask = async (method: string, path: string) => {
    const { status, headers, body } = await rig.ask({ method, path: `/api/v1${path}`, token: rig.adminToken })
    return [status, headers['allow'], body.code]
  }
  expect(await ask('DELETE', '/projects?x=/y')).toEqual([405, 'GET, HEAD', 'invalid'])
  expect(await ask('PUT', '/projects/shop/status')).toEqual([405, 'GET, HEAD', 'invalid'])
  expect(await ask('PATCH', '/projects/shop/secrets')).toEqual([405, 'GET, HEAD, POST', 'invalid'])
  expect(await ask('DELETE', '/projects/shop/nothing/of/this/kind')).toEqual([404, undefined, 'not_found'])
  expect(await ask('GET', '/project')).toEqual([404, undefined, 'not_found'])
  await rig.stop()
})

test('F04 closing waits for what is under way, and takes nothing new', async () => {
  const rig = await startServer()
  const body = JSON.stringify({ label: 'made while closing' })
  const slow = http.request({
    port: rig.port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/api/v1/tokens',
    agent: false,
    headers: {
      authorization: `Bearer ${rig.adminToken}`,
      'content-type': 'application/json',
      'content-length': body.length,
    },
  })
  const arrived = new Promise((resolve) => rig.server.server.once('request', resolve))
  slow.write(body.slice(0, 10))
  await arrived
  const closing = rig.server.close()
  await expect.poll(() => rig.server.server.listening).toBe(false)
  await expect(rig.ask({ path: '/healthz' })).rejects.toThrow('ECONNREFUSED')
  slow.end(body.slice(10))
  const [answer] = (await once(slow, 'response')) as [http.IncomingMessage]
  answer.resume()
  await closing
  expect(answer.statusCode).toBe(200)
  expect((await rig.logged()).at(-1)).toMatchObject({ type: 'token.created' })
  await rig.stop()
})
