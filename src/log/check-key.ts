import { claimsToBeSignedBy } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import type { Database } from './database.ts'
import type { LogKey } from './key.ts'

/** Refuses a key other than the one that signed the newest checkpoint: a server with it could never extend the log of this database. */
export async function checkLogKey(database: Database, key: LogKey, folder: string): Promise<void> {
  const { rows } = await database.query<{ note: string }>('select note from log_checkpoint order by size desc limit 1')
  const [newest] = rows
  if (!newest || claimsToBeSignedBy(newest.note, key)) return
  throw new Refusal(
    'conflict',
    `the log in this database is signed with another key than log.key in ${folder} under the name ${key.name}; servers on one database share their keys: stop this one, copy the folder keys of the other here, give both the same LOCKFLIGHT_ORIGIN, or use another DATABASE_URL`,
    { reason: 'log_key' },
  )
}
