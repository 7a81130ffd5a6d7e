import { createPrivateKey } from 'node:crypto'
import type { ClientBase, Pool } from 'pg'
import type { Checkpoint } from '../../src/core/checkpoint.ts'
import { canonical } from '../../src/core/digest.ts'
import type { Entry } from '../../src/core/entry.ts'
import { leafHash } from '../../src/core/merkle.ts'
import { logKey } from '../../src/log/key.ts'
import { sequence } from '../../src/log/sequence.ts'
import { createPool } from '../../src/store/connect.ts'
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
export async function freshLog() {
  const database = await freshDatabase()
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

/** Puts entries where the store puts them. */
export async function queueEntries(client: ClientBase | Pool, entries: Entry[]): Promise<void> {
  const bodies = entries.map((entry) => canonical(entry))
  await client.query(
    'insert into log_queue (id, body, leaf_hash) select * from unnest($1::text[], $2::text[], $3::bytea[])',
    [entries.map(({ id }) => id), bodies, bodies.map((body) => leafHash(body))],
  )
}

/** An entry that is the same for the same number. */
export function entryNumber(number: number, changes: Partial<Entry> = {}): Entry {
  return {
    id: `entry-${number}`,
    type: 'gate.passed',
    project: 'checkout',
    environment: 'prod',
    subject: `promotion-${number % 10}`,
    actor: 'lockflight@system',
    at: new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString(),
    data: { number },
    ...changes,
  }
}

/** That many entries, from that number on. */
export function entriesFrom(first: number, count: number): Entry[] {
  return Array.from({ length: count }, (_, at) => entryNumber(first + at))
}
