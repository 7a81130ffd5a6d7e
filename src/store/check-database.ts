import { Client, type ClientBase, type Pool } from 'pg'
import { Refusal } from '../core/refusal.ts'
import { connect } from './connect.ts'
import { sessionOf, sql } from './sql.ts'

const oldest = 15
const needed: Record<string, string> = { fsync: 'on', full_page_writes: 'on', server_encoding: 'UTF8' }

/** Refuses a database that is too old or behind a pooler that shares its sessions, or that may lose what it has acknowledged; with `unsafe` it only returns what is wrong. */
export async function checkDatabase(pool: Pool, { unsafe }: { unsafe: boolean }): Promise<string[]> {
  await demandSessions(pool)
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

/**
 * Refuses a pooler between that gives the sessions of the database out for single transactions, as pgbouncer does in
 * transaction mode: locks, notifications and settings of a session would get lost. Then two connections that are open at
 * once are served by one process of the database.
 */
async function demandSessions(pool: Pool): Promise<void> {
  const one = await connect(pool)
  // Not of the pool, which may have room for one only.
  const other = new Client(pool.options)
  try {
    await other.connect()
    const first = await processOf(one)
    await other.query('begin')
    const second = await processOf(other)
    if (first !== second) return
  } finally {
    one.release()
    await other.end()
  }
  throw new Refusal(
    'unavailable',
    'expected a session of its own for each connection to the database; found a pooler that shares them between transactions. ' +
      'Set pool_mode = session for it, or let DATABASE_URL name PostgreSQL itself',
    { reason: 'database_pooled' },
  )
}

async function processOf(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]!.pid
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
