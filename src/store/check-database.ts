import type { Pool } from 'pg'
import { Refusal } from '../core/refusal.ts'
import { connect } from './connect.ts'
import { sessionOf, sql } from './sql.ts'

const oldest = 15
const needed: Record<string, string> = { fsync: 'on', full_page_writes: 'on', server_encoding: 'UTF8' }

/** Refuses a database that is too old, or that may lose what it has acknowledged; with `unsafe` it only returns what is wrong. */
export async function checkDatabase(pool: Pool, { unsafe }: { unsafe: boolean }): Promise<string[]> {
  const settings = await read(pool)
  const version = Number(settings['server_version_num']?.slice(0, 2))
  if (version < oldest) {
    throw new Refusal('unavailable', `expected PostgreSQL ${oldest} or newer, found ${version}; upgrade it`, {
      reason: 'database_old',
    })
  }
  const problems = Object.entries(needed).flatMap(([name, value]) =>
    settings[name] === value ? [] : [`expected ${name} = ${value}, found ${settings[name]}`],
  )
  if (settings['synchronous_commit'] === 'off') problems.push('expected synchronous_commit = on, found off')
  if (problems.length > 0 && !unsafe) {
    throw new Refusal(
      'unavailable',
      `the database may lose what it has acknowledged: ${problems.join('; ')}; change that, or accept it with LOCKFLIGHT_DATABASE_UNSAFE=true`,
      { reason: 'database_unsafe' },
    )
  }
  return problems
}

/** Asked on a connection of the pool, since a role or a database can have settings of its own. */
async function read(pool: Pool): Promise<Record<string, string>> {
  const client = await connect(pool)
  try {
    const names = ['server_version_num', 'synchronous_commit', ...Object.keys(needed)]
    const rows = await sessionOf(client).many<{ name: string; setting: string }>(
      sql`select name, setting from pg_settings where name = any (${names}::text[])`,
    )
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
  } finally {
    client.release()
  }
}
