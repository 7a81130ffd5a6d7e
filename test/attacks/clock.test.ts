import { afterAll, beforeAll, expect, test } from 'vitest'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { startServer } from '../rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  rig = await startServer()
})
afterAll(() => rig.stop())

test('A31 when the clock of the database was turned back nothing starts, and it says so', async () => {
  const { app, admin } = rig
  const release = await rig.build()
  await rig.drain()
  const future = new Date(Date.now() + 5_400_000).toISOString()
  await rig.pool.query(
    `insert into log_entry (index, id, type, project, environment, subject, actor, at, body, leaf_hash)
     select max(index) + 1000, 'from-the-future', 'environment.resumed', 'shop', 'dev', 'dev', 'admin@local', $1, $2, '' from log_entry`,
    [future, JSON.stringify({ id: 'from-the-future', type: 'environment.resumed', at: future, data: {} })],
  )
  const asked = { project: 'shop', environment: 'dev', class: 'standard', release: release.digest, reason: '' } as const
  const { id } = await requestPromotion(app, admin, asked)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting', unmet: [{ id: 'clock', recheckAt: future }] })
  const { unmet } = await explainPromotion(app, admin, { project: 'shop', id })
  expect(unmet).toMatchObject([{ id: 'clock', reason: expect.stringContaining('behind the newest entry of the log') }])
})
