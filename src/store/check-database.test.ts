import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/rig/postgres.ts'
import type { Database } from '../../test/rig/postgres-server.ts'
import { checkDatabase } from './check-database.ts'
import { createPool } from './connect.ts'

let database: Database
let folder: string
beforeAll(async () => {
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'lockflight-pooler-'))
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

/** A real pgbouncer before the test database; as root it runs as nobody, because it refuses to be root. */
async function pooler(mode: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const { hostname, port, username, password, pathname } = new URL(database.url)
  const own = await freePort()
  const file = join(folder, `${mode}.ini`)
  const target = `host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}`
  await writeFile(
    file,
    `[databases]
${pathname.slice(1)} = ${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,extra_float_digits,options
`,
  )
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  if (asNobody.length > 0) execFileSync('chmod', ['-R', 'a+rX', folder])
  const child = spawn('pgbouncer', [...asNobody, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  await untilListening(child)
  const url = `postgres://${username}@127.0.0.1:${own}${pathname}`
  return {
    url,
    async stop() {
      child.kill('SIGINT')
      setTimeout(() => child.kill('SIGKILL'), 2000).unref()
      await once(child, 'exit')
    },
  }
}

async function untilListening(child: ChildProcess): Promise<void> {
  let said = ''
  for await (const text of child.stderr!.setEncoding('utf8')) {
    said += text
    if (said.includes('process up')) break
  }
  if (!said.includes('process up')) throw new Error(`pgbouncer does not start: ${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The databases of tests may lose data, which is not what is asked here. */
async function checked(url: string): Promise<void> {
  const pool = createPool({ url, connections: 4 })
  try {
    expect(await checkDatabase(pool, { unsafe: true })).not.toEqual([])
  } finally {
    await pool.end()
  }
}

test('F22 a pooler that shares sessions between transactions is refused with the remedy, one that does not is welcome', async () => {
  const sharing = await pooler('transaction')
  const keeping = await pooler('session')
  try {
    await expect(checked(sharing.url)).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'database_pooled',
      message: expect.stringContaining('pool_mode = session'),
    })
    await checked(keeping.url)
    await checked(database.url)
  } finally {
    await sharing.stop()
    await keeping.stop()
  }
})
