import { digestOfJson } from '../core/digest.ts'
import type { Discrepancy } from '../core/entry.ts'
import type { Database } from './database.ts'
import { recordKinds, type RecordKind } from './record-kinds.ts'

/** As many of one kind as are named; one would be enough to know. */
const mostOfKind = 100

/** Where the tables and the log, the entries that wait for their place included, tell different stories. Nothing here is repaired: the log is what was signed. */
export async function reconcile(database: Database): Promise<Discrepancy[]> {
  const found: Discrepancy[] = []
  for (const kind of recordKinds) found.push(...(await differencesOf(database, kind)))
  return [...found, ...(await changedRevisions(database)), ...(await misfiledEntries(database))]
}

async function differencesOf(database: Database, { name, recorded, logged }: RecordKind): Promise<Discrepancy[]> {
  const { rows } = await database.query<Omit<Discrepancy, 'kind'>>(
    `with entry as (
       select index as place, type, project, environment, subject, actor, at, (body::jsonb) -> 'data' as data from log_entry
       union all
       select 9007199254740991 + position, body ->> 'type', body ->> 'project', body ->> 'environment',
         body ->> 'subject', body ->> 'actor', (body ->> 'at')::timestamptz(3), body -> 'data'
       from (select position, body::jsonb as body from log_queue) as waiting
     ), recorded as (${recorded}), logged as (${logged})
     select subject, recorded.facts as recorded, logged.facts as logged
     from recorded full join logged using (subject)
     where recorded.facts is distinct from logged.facts
     order by subject limit ${mostOfKind}`,
  )
  return rows.map((row) => ({ kind: name, ...row }))
}

/** A digest in the log vouches for the policy only while the policy still has it. */
async function changedRevisions(database: Database): Promise<Discrepancy[]> {
  const { rows } = await database.query<{ subject: string; digest: string; configuration: unknown }>(
    `select project || '/' || number as subject, digest, configuration from revision order by project, number`,
  )
  return rows.flatMap(({ subject, digest, configuration }) => {
    const now = digestOfJson(configuration)
    return now === digest ? [] : [{ kind: 'revision', subject, recorded: { digest: now }, logged: { digest } }]
  })
}

/** An entry that is found by other words than its own is still in the log, but not where people look for it. */
async function misfiledEntries(database: Database): Promise<Discrepancy[]> {
  const { rows } = await database.query<Omit<Discrepancy, 'kind'>>(
    `select index::text as subject, to_jsonb(filed) as recorded, to_jsonb(said) as logged
     from log_entry e
     cross join lateral (select id, type, project, environment, subject, actor, at) as filed
     cross join lateral json_to_record(body::json) as said
       (id text, type text, project text, environment text, subject text, actor text, at timestamptz(3))
     where (e.id, e.type, e.project, e.environment, e.subject, e.actor, e.at)
       is distinct from (said.id, said.type, said.project, said.environment, said.subject, said.actor, said.at)
     order by index limit ${mostOfKind}`,
  )
  return rows.map((row) => ({ kind: 'entry', ...row }))
}
