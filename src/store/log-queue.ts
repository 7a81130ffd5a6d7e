import { canonical } from '../core/digest.ts'
import type { Entry } from '../core/entry.ts'
import { leafHash } from '../core/merkle.ts'
import { sql, type Session } from './sql.ts'

/** Hands entries to the sequencer, which gives those that commit their place in the log. */
export function addEntries({ write }: Session, entries: Entry[]): void {
  const bodies = entries.map((entry) => canonical(entry))
  write(sql`
    insert into log_queue (id, body, leaf_hash)
    select * from unnest(
      ${entries.map(({ id }) => id)}::text[],
      ${bodies}::text[],
      ${bodies.map((body) => Buffer.from(leafHash(body)))}::bytea[]
    )`)
}
