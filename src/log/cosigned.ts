import type { SignedCheckpoint } from '../core/checkpoint.ts'
import type { Database } from './database.ts'

/** SQL for the note of a row of `log_checkpoint` with the cosignatures it has so far below it. */
export const cosigned = `note || coalesce(
  (select string_agg(line, '' order by witness) from log_cosignature c where c.size = log_checkpoint.size), '')`

/** The newest checkpoint with the cosignatures it has so far; undefined while the log is empty. */
export async function newestCheckpoint(database: Database): Promise<SignedCheckpoint | undefined> {
  const { rows } = await database.query<SignedCheckpoint>(
    `select size, ${cosigned} as note from log_checkpoint order by size desc limit 1`,
  )
  return rows[0]
}

/** The newest checkpoint that a witness has cosigned, if it is of more than so many entries. */
export async function newestCosigned(database: Database, above: number): Promise<SignedCheckpoint | undefined> {
  const { rows } = await database.query<SignedCheckpoint>(
    `select size, ${cosigned} as note from log_checkpoint
     where size = (select max(size) from log_cosignature) and size > $1`,
    [above],
  )
  return rows[0]
}
