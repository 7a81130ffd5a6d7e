import type { Entries, Entry, EntryQuery, EntryTally, EntryType, LoggedEntry } from '../core/entry.ts'
import type { Database } from './database.ts'
import { readDeliveries } from './deliveries.ts'
import { exportCheckpoints } from './export.ts'
import { proveSubject } from './prove-subject.ts'
import { reconcile } from './reconcile.ts'

/** Reads of the sequenced log; what waits in the queue is not part of it yet. */
export function entries(database: Database): Entries {
  return {
    list: (query) => listEntries(database, query),
    tallies: (project) => readTallies(database, project),
    count: (type) => countType(database, type),
    checkpoints: (above, limit) => exportCheckpoints(database, above, limit),
    prove: (about) => proveSubject(database, about),
    discrepancies: () => reconcile(database),
    deliveries: (from, place) => readDeliveries(database, from, place),
  }
}

async function listEntries(database: Database, query: EntryQuery): Promise<LoggedEntry[]> {
  const values: unknown[] = [query.from, query.limit]
  const bind = (value: unknown) => `$${values.push(value)}`
  const conditions = [
    'index >= $1',
    query.project === undefined ? '' : `project = ${bind(query.project)}`,
    query.environment === undefined ? '' : `environment = ${bind(query.environment)}`,
    query.subject === undefined ? '' : `subject = ${bind(query.subject)}`,
    query.types === undefined ? '' : `type = any(${bind(query.types)})`,
  ].filter((condition) => condition !== '')
  const { rows } = await database.query<{ index: number; body: string }>(
    `select index, body from log_entry where ${conditions.join(' and ')}
     order by index ${query.descending ? 'desc' : 'asc'} limit $2`,
    values,
  )
  return rows.map(({ index, body }) => ({ ...(JSON.parse(body) as Entry), index }))
}

async function readTallies(database: Database, project: string): Promise<EntryTally[]> {
  const { rows } = await database.query<EntryTally>(
    `select type, project, nullif(environment, '') as environment, outcome, entries
     from log_tally where project = $1 order by type, environment, outcome`,
    [project],
  )
  return rows
}

async function countType(database: Database, type: EntryType): Promise<number> {
  const { rows } = await database.query<{ entries: number }>(
    'select coalesce(sum(entries), 0)::bigint as entries from log_tally where type = $1',
    [type],
  )
  return rows[0]!.entries
}
