import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import http, { type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import pg from 'pg'
import { inject } from 'vitest'
import { createFileArtifacts } from '../../src/artifacts/file-artifacts.ts'
import { createToken, type CreateTokenInput } from '../../src/app/create-token.ts'
import { createClient } from '../../src/client.ts'
import type { Role } from '../../src/core/access.ts'
import type { Actor } from '../../src/core/actor.ts'
import type { Store } from '../../src/core/store.ts'
import { createServer } from '../../src/http/server.ts'
import type { Limits } from '../../src/http/surroundings.ts'
import { logKey } from '../../src/log/key.ts'
import { startSequencer } from '../../src/log/sequencer.ts'
import { publicLog } from '../../src/system.ts'
import { startApp } from './app.ts'

/** Three environments of the project `shop`; the last wants an approval. */
export const shop = `
project: shop
environments:
  dev:
    promote: auto
    deploy: { use: target }
  stg:
    after: [dev]
    deploy: { use: target }
  prod:
    after: [stg]
    gates:
      - { use: approval, count: 1 }
    deploy: { use: target }
`

/** A request as it goes over the wire, nothing added or made tidy. */
export interface Asked {
  method?: string
  path: string
  token?: string
  body?: unknown
  headers?: Record<string, string>
}

/** What came back; `body` is the JSON, or the text of what is none. */
export interface Answered {
  status: number
  headers: IncomingHttpHeaders
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of any shape
  body: any
}

interface Options {
  limits?: Partial<Limits>
  checks?: Record<string, () => Promise<unknown>>
}

/** The whole server over real HTTP and a real database, with a log that grows. */
export async function startServer({ limits, checks = {} }: Options = {}) {
  const rig = await startApp(shop)
  const { pool, admin } = rig
  const folder = await mkdtemp(`${tmpdir()}/lockflight-server-`)
  const key = logKey(generateKeyPairSync('ed25519').privateKey, 'lockflight.test/log')
  const reported: unknown[] = []
  const sequencer = startSequencer({ pool, key, report: (problem) => problem && reported.push(problem) })
  const store: Store = {
    ...rig.app.store,
    transaction: (work) => rig.app.store.transaction(work).finally(() => sequencer.wake()),
  }
  const app = { ...rig.app, store, artifacts: createFileArtifacts({ folder }) }
  const server = await createServer(app, {
    log: publicLog(pool, key, sequencer),
    source: 'https://lockflight.test',
    checks,
    report: (error) => reported.push(error),
    ...(limits && { limits }),
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`

  const tokenOf = async (actor: Actor, narrowed: Partial<CreateTokenInput> = {}) => {
    const made = await createToken(app, actor, { label: 'test', expiresAfter: '1h', ...narrowed })
    return made.secret
  }

  return {
    ...rig,
    app,
    server,
    folder,
    url,
    port,
    tokenOf,
    /** What was reported as unexpected; a test that expects none says so. */
    reported,
    adminToken: await tokenOf(admin),
    /** A new member with these roles everywhere, and a token of theirs. */
    async login(name: string, roles: Role[]) {
      const actor = await rig.addMember(name, roles)
      return { actor, token: await tokenOf(actor) }
    },
    clientOf: (token: string) => createClient({ url, token }),
    ask: (asked: Asked) => ask(port, asked),
    /** All that was logged, in order, placed or still waiting for its place. */
    async logged(): Promise<{ type: string; actor: string; subject: string; data: Record<string, unknown> }[]> {
      const { rows } = await pool.query<{ body: string }>(
        `select body from (select body, index as place, 0 as part from log_entry
         union all select body, position, 1 from log_queue) as everything order by part, place`,
      )
      return rows.map(({ body }) => JSON.parse(body))
    },
    /** A digest over all tables but the log's and those kept from it: equal when nothing changed. */
    async state(): Promise<string> {
      const { rows } = await pool.query<{ name: string }>(
        `select quote_ident(table_name) as name from information_schema.tables
         where table_schema = 'public' and table_type = 'BASE TABLE' and table_name !~ '^(log|delivery)_' order by 1`,
      )
      const digests = rows.map(
        ({ name }) =>
          `select '${name}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as digest from ${name} t`,
      )
      const found = await pool.query<{ name: string; digest: string }>(digests.join(' union all '))
      return JSON.stringify(found.rows)
    },
    /** Cuts every connection to the database and lets no new one in, while the work is done. */
    async withoutDatabase(work: () => Promise<void>) {
      const outside = new pg.Client({ connectionString: inject('postgres').url })
      await outside.connect()
      const { rows } = await pool.query<{ name: string }>('select current_database() as name')
      const name = rows[0]!.name
      try {
        await outside.query(`alter database ${outside.escapeIdentifier(name)} allow_connections false`)
        await outside.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
        await work()
      } finally {
        await outside.query(`alter database ${outside.escapeIdentifier(name)} allow_connections true`)
        await outside.end()
      }
    },
    async stop() {
      await server.close()
      await sequencer.stop()
      await rig.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One request over a connection of its own. */
export function ask(port: number, { method = 'GET', path, token, body, headers }: Asked): Promise<Answered> {
  const text = body === undefined || typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      method,
      path,
      agent: false,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const answer = Buffer.concat(pieces).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer, body: parsed(answer) })
      })
    })
    request.end(text)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
