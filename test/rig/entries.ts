import type { ClientBase, Pool } from 'pg'
import { canonical } from '../../src/core/digest.ts'
import type { Entry } from '../../src/core/entry.ts'
import { leafHash } from '../../src/core/merkle.ts'

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
