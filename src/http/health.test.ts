import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startServer } from '../../test/rig/server.ts'

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
