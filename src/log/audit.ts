import type pg from 'pg'
import type { VerifierKey } from '../core/note.ts'
import { verifyLog, type ExportedEntry, type LogVerdict } from '../core/verify-log.ts'
import type { Database } from './database.ts'
import { exportCheckpoints, exportEntries } from './export.ts'

const page = 1024

/**
 * Verifies the whole log where it is stored, as `verifyLog` does for an export; also that what entries are found by says
 * what the entries say. Writers go on meanwhile.
 */
export async function auditLog(pool: pg.Pool, key: VerifierKey, held: string[]): Promise<LogVerdict> {
  const client = await pool.connect()
  try {
    await client.query('begin isolation level repeatable read, read only')
    const verdict = await verifyLog({ entries: entriesOf(client), checkpoints: checkpointsOf(client), held, key })
    const wrong = verdict.ok ? await findMisfiled(client, verdict.size) : null
    await client.query('commit')
    client.release()
    return wrong ?? verdict
  } catch (error) {
    client.release(true)
    throw error
  }
}

async function* entriesOf(database: Database): AsyncGenerator<ExportedEntry> {
  for (let from = 0; ;) {
    const entries = await exportEntries(database, from, page)
    yield* entries
    const last = entries.at(-1)
    if (!last) return
    from = last.index + 1
  }
}

async function* checkpointsOf(database: Database): AsyncGenerator<string> {
  for (let above = 0; ;) {
    const checkpoints = await exportCheckpoints(database, above, page)
    yield* checkpoints.map(({ note }) => note)
    const last = checkpoints.at(-1)
    if (!last) return
    above = last.size
  }
}

/** Entries whose columns were changed are still in the log, but are not found where people look for them. */
async function findMisfiled(database: Database, size: number): Promise<LogVerdict | null> {
  for (let from = 0; from < size; from += page) {
    const { rows } = await database.query<{ index: number }>(
      `select index from log_entry e, json_to_record(e.body::json) as said
         (id text, type text, project text, environment text, subject text, actor text, at timestamptz)
       where index >= $1 and index < $2 and (e.id, e.type, e.project, e.environment, e.subject, e.actor, e.at)
         is distinct from (said.id, said.type, said.project, said.environment, said.subject, said.actor, said.at)
       order by index limit 1`,
      [from, from + page],
    )
    if (rows[0]) return misfiled(rows[0].index)
  }
  return null
}

function misfiled(index: number): LogVerdict {
  const reason = `entry ${index} is intact, but its id, type, project, environment, subject, actor or time is stored wrong`
  return { ok: false, violates: 'integrity', index, proven: index, reason }
}
