import { expect, test } from 'vitest'
import { freshLog, testKey } from '../test/rig/log.ts'
import { createPool } from './store/connect.ts'
import { publicLog } from './system.ts'

const growing = { onGrowth: () => () => undefined }

test('F15 whoever reads the log while the database is away is told so', async () => {
  const pool = createPool({ url: 'postgres://nobody@127.0.0.1:1/none', connections: 1 })
  const log = publicLog(pool, testKey, growing)
  for (const reading of [log.checkpoint(), log.tile(0, 0, 1), log.entries(0, 1)])
    await expect(reading).rejects.toMatchObject({ code: 'unavailable', reason: 'database_unavailable' })
  await pool.end()
})

test('what is not there yet is refused as that', async () => {
  await using log = await freshLog()
  const reading = publicLog(log.pool, testKey, growing).checkpoint()
  await expect(reading).rejects.toMatchObject({ code: 'not_found' })
})
