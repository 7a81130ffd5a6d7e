import fastify from 'fastify'
import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'
import { serveHealth } from './health.ts'

const rig = await opened(
  startServer({
    checks: { signer: () => (signerWorks ? Promise.resolve() : Promise.reject(new Error('the key file is gone'))) },
  }),
)

let signerWorks = true

test('a server whose parts all work is ready, for whoever asks', async () => {
  expect((await rig.ask({ path: '/healthz' })).body).toEqual({ status: 'ok' })
  expect((await rig.ask({ path: '/readyz' })).body).toEqual({ status: 'ready', checks: ['database', 'signer'] })
})

test('a part that does not work is named, and the server is not ready until it works again (I16)', async () => {
  signerWorks = false
  const { status, headers, body } = await rig.ask({ path: '/readyz' })
  signerWorks = true
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(body).toMatchObject({ code: 'unavailable', reason: 'not_ready', problems: [{ at: 'signer' }] })
  expect((await rig.ask({ path: '/readyz' })).status).toBe(200)
})

test('A18 a check that hangs is reported, and begun again only after it has ended', async () => {
  const server = fastify()
  let begun = 0
  const { promise: hanging, resolve: end } = Promise.withResolvers<void>()
  serveHealth(server, { signer: () => (begun++, hanging) }, 10)
  const ask = async () => (await server.inject('/readyz')).statusCode
  expect([await ask(), ...(await Promise.all([ask(), ask()])), begun]).toEqual([500, 500, 500, 1])
  end()
  await hanging
  expect([await ask(), begun]).toEqual([200, 2])
  await server.close()
})

test('F15 without its database the server answers, refuses what needs it, and works again when it is back', async () => {
  const own = await startServer()
  await own.withoutDatabase(async () => {
    expect((await own.ask({ path: '/healthz' })).status).toBe(200)
    expect((await own.ask({ path: '/readyz' })).body).toMatchObject({ status: 503, problems: [{ at: 'database' }] })
    expect((await own.ask({ path: '/api/v1/me', token: own.adminToken })).body).toMatchObject({
      status: 503,
      code: 'unavailable',
      reason: 'database_unavailable',
    })
  })
  await expect.poll(async () => (await own.ask({ path: '/readyz' })).status, { timeout: 10_000 }).toBe(200)
  expect((await own.ask({ path: '/api/v1/me', token: own.adminToken })).status).toBe(200)
  await own.stop()
})
