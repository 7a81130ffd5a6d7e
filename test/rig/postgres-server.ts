import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { Client } from 'pg'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { startPostgres } from '../../src/store/postgres-server.ts'
import { createQueue } from '../../src/store/queue.ts'

/** A migrated database that nobody else uses. */
export interface Database {
  url: string
  drop(): Promise<void>
}

const template = 'template_lockflight'

/** A PostgreSQL of its own for a test that breaks it; `remove` ends it and takes its data away. */
export async function startTestPostgres(settings: Record<string, string> = fast) {
  const folder = await mkdtemp(`${tmpdir()}/lockflight-postgres-`)
  const password = randomBytes(16).toString('hex')
  const undertaker = buryAfterUs(folder)
  const server = await startPostgres({ folder, password, settings, report: () => undefined })
  return {
    ...server,
    async remove() {
      await server.stop()
      undertaker.kill()
      await rm(server.folder, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Ends the server and removes its folder when this process is gone without having done so, however it went. */
function buryAfterUs(folder: string): ChildProcess {
  const script = 'read -r; kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; sleep 1; rm -rf "$1"'
  // Our end of the pipe closes with us, and then `read` returns.
  const undertaker = spawn('bash', ['-c', script, 'undertaker', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  undertaker.unref()
  ;(undertaker.stdin as Socket).unref()
  return undertaker
}

const fast = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '400',
  shared_buffers: '64MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

/** Migrates an empty database, with the tables of the queue; `copyDatabase` copies it. */
export async function makeTemplate(server: string): Promise<void> {
  await query(server, `create database ${template}`)
  const url = named(server, template)
  await migrate(url, await readMigrations())
  const queue = await createQueue({
    url,
    report: (_, error) => {
      throw error
    },
  })
  await queue.stop(0)
}

/** A copy of the template on that server, or of another database that nobody is connected to. */
export function copyDatabase(server: string, original = template): Promise<Database> {
  return createDatabase(server, `template ${original} strategy file_copy`)
}

/** A database with nothing in it. */
export function emptyDatabase(server: string): Promise<Database> {
  return createDatabase(server, '')
}

async function createDatabase(server: string, how: string): Promise<Database> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await query(server, `create database ${name} ${how}`)
  return {
    url: named(server, name),
    drop: async () => void (await query(server, `drop database ${name} with (force)`)),
  }
}

function named(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}

/** The rows of one statement over a connection of its own. */
export async function query(url: string, text: string) {
  const client = new Client(url)
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
