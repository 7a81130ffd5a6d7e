import { createPrivateKey } from 'node:crypto'
import type { Checkpoint } from '../../src/core/checkpoint.ts'
import type { Entry } from '../../src/core/entry.ts'
import { logKey } from '../../src/log/key.ts'
import { sequence } from '../../src/log/sequence.ts'
import { createPool } from '../../src/store/connect.ts'
import { queueEntries } from './entries.ts'
import type { Database } from './postgres-server.ts'
import { freshDatabase } from './postgres.ts'

/** A key that is the same in every run. */
export const testKey = logKey(
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 9)]),
    format: 'der',
    type: 'pkcs8',
  }),
  'log.test/lockflight',
)

/** A log in a database of its own. */
export async function freshLog(copying: Promise<Database> = freshDatabase()) {
  const database = await copying
  const pool = createPool({ url: database.url, connections: 12 })
  return {
    pool,
    url: database.url,
    /** Queues entries in one transaction. */
    async add(...entries: Entry[]) {
      await queueEntries(pool, entries)
    },
    /** Gives all that waits its place, in batches of that size; the last checkpoint. */
    async sequenceAll(limit = 1000): Promise<Checkpoint> {
      for (;;) {
        const batch = await sequence(pool, testKey, { limit, seen: null })
        if (batch.outcome === 'nothing' && batch.checkpoint) return batch.checkpoint
        if (batch.outcome !== 'extended') throw new Error(`expected entries to give a place to, found ${batch.outcome}`)
      }
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await database.drop()
    },
  }
}
export type TestLog = Awaited<ReturnType<typeof freshLog>>
