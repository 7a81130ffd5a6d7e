import { readFile, readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Client, type ClientBase } from 'pg'
import { Refusal } from '../core/refusal.ts'
import { unavailable } from './refusals.ts'

/** One step of the schema; its file is named `<number>-<name>.sql`. */
export interface Migration {
  number: number
  name: string
  text: string
  /** Servers of the version before must stop first: the file's first line is `-- breaking`. */
  breaking: boolean
}

const folder = fileURLToPath(new URL('../../migrations', import.meta.url))
const lock = 7_233_501

/** The migrations of this version, in order. */
export async function readMigrations(from: string = folder): Promise<Migration[]> {
  const files = (await readdir(from)).filter((file) => file.endsWith('.sql')).toSorted()
  return Promise.all(
    files.map(async (file, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(file)?.[1])
      if (number !== index + 1) throw new Error(`migrations/${file}: expected number ${index + 1}, found ${file}`)
      const text = await readFile(`${from}/${file}`, 'utf8')
      return { number, name: file.slice(0, -'.sql'.length), text, breaking: text.startsWith('-- breaking\n') }
    }),
  )
}

/**
 * Brings the database to this version and returns what it did, oldest first. Each migration is a transaction of its own;
 * of two that migrate at once one waits for the other. Refuses a database that a newer version has migrated.
 */
export async function migrate(url: string, migrations: Migration[]): Promise<Migration[]> {
  // A connection of its own, without the time limits of those that serve people.
  const client = new Client({ connectionString: url, application_name: 'lockflight-migrate' })
  await client.connect().catch((error: unknown) => {
    throw unavailable(error)
  })
  try {
    const done: Migration[] = []
    while (await migrateOnce(client, migrations, done));
    return done
  } finally {
    await client.end()
  }
}

/** The lock ends with the transaction, so a migrator that dies leaves nothing behind. */
async function migrateOnce(client: ClientBase, migrations: Migration[], done: Migration[]): Promise<boolean> {
  await client.query('begin')
  await client.query('select pg_advisory_xact_lock($1)', [lock])
  await client.query(`
    create table if not exists migration (
      number integer primary key,
      name text not null,
      migrated_at timestamptz(3) not null default now()
    )`)
  const { rows } = await client.query<{ number: number; name: string }>(
    'select number, name from migration order by number',
  )
  refuseStrangers(rows, migrations)
  const next = migrations[rows.length]
  if (next) {
    await client.query(next.text)
    await client.query('insert into migration (number, name) values ($1, $2)', [next.number, next.name])
    done.push(next)
  }
  await client.query('commit')
  return next !== undefined
}

function refuseStrangers(found: { number: number; name: string }[], known: Migration[]): void {
  const stranger = found.find(({ name }, index) => known[index]?.name !== name)
  if (!stranger) return
  const newest = known.at(-1)?.name ?? 'none'
  throw new Refusal(
    'unavailable',
    `the database has migration ${stranger.name}, which this version of Lockflight (newest: ${newest}) does not know; ` +
      'run the version that made it, or a newer one',
    { reason: 'database_newer' },
  )
}
