import { Pool, types, type PoolClient } from 'pg'
import { unavailable } from './refusals.ts'

/** How to reach the database, and how long to wait for it. */
export interface ConnectOptions {
  url: string
  connections: number
}

/** Connections that are made when needed and replaced when they break. Closing them is the caller's: `pool.end()`. */
export function createPool({ url, connections }: ConnectOptions): Pool {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    application_name: 'lockflight',
    connectionTimeoutMillis: 5000,
    // A connection that stayed knows all statements: one command now and then need not wait for them to be prepared again.
    idleTimeoutMillis: 600_000,
    statement_timeout: 25_000,
    query_timeout: 30_000,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
  })
  // A connection that breaks says so here as well as to whoever uses it; unheard, it would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** A connection from the pool; refuses with `unavailable` when there is none to be had. */
export async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw unavailable(error)
  }
}

/** As the driver reads values, but 64-bit integers as numbers: fences and sequences stay far below 2^53. */
function getTypeParser(...[oid, format]: Parameters<typeof types.getTypeParser>) {
  return oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)
}
