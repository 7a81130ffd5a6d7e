import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  rig = await startServer()
})
afterAll(() => rig.stop())

const backtest = {
  method: 'POST',
  path: '/api/v1/projects/shop/backtest',
  body: {
    text: 'project: shop\nenvironments: { prod: { deploy: { use: target } } }\n',
    since: '2026-01-01T00:00:00.000Z',
  },
}

test('A37 costly requests of some leave connections to the database, and turns, to the others', async () => {
  const viewers = await Promise.all(['one', 'two', 'three'].map((name) => rig.login(name, ['viewer'])))
  const client = await rig.pool.connect()
  await client.query('begin')
  await client.query('lock table promotion in access exclusive mode')
  const asked = viewers.flatMap(({ token }) => Array.from({ length: 10 }, () => rig.ask({ ...backtest, token })))
  // Whatever is not refused waits for the table.
  await new Promise<void>((resolve) => {
    let refused = 0
    for (const each of asked) void each.then(({ status }) => status === 429 && ++refused === 22 && resolve())
  })
  expect(await rig.ask({ path: '/api/v1/me', token: rig.adminToken })).toMatchObject({ status: 200 })
  await client.query('rollback')
  client.release()

  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(8)
  expect(statuses.filter((status) => status === 429)).toHaveLength(22)
  const first = statuses.slice(0, 10).filter((status) => status === 200)
  expect(first.length).toBeLessThanOrEqual(4)
  const again = await rig.ask({ ...backtest, token: viewers[2]!.token })
  expect(again).toMatchObject({ status: 200 })
})
