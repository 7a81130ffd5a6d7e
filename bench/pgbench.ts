import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Pool, PoolClient } from 'pg'

/** A statement as it went to the database. */
interface Sent {
  text: string
  values: unknown[]
}

/** Everything that goes over this pool's connections while the work is done. */
export async function recordStatements(pool: Pool, work: () => Promise<unknown>): Promise<Sent[]> {
  const sent: Sent[] = []
  const known = new Set<PoolClient>()
  let recording = true
  const listen = (client: PoolClient) => {
    if (known.has(client)) return
    known.add(client)
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    Object.assign(client, {
      query(statement: string | Sent, ...rest: unknown[]) {
        if (recording) sent.push(...statementsOf(statement))
        return query(statement, ...rest)
      },
    })
  }
  pool.on('acquire', listen)
  await work()
  pool.off('acquire', listen)
  recording = false
  return sent
}

/** One text may hold several statements. */
function statementsOf(statement: string | Sent): Sent[] {
  return typeof statement === 'string' ? statement.split(';').map((text) => ({ text, values: [] })) : [statement]
}

/** How often per second the recorded statements run as one script, from that many connections; `variable` gives SQL with pgbench variables for values that must differ. */
export async function pgbench(
  url: string,
  statements: Sent[],
  {
    clients,
    seconds,
    variable,
  }: { clients: number; seconds: number; variable: (value: unknown) => string | undefined },
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-pgbench-'))
  const script = statements.map(({ text, values }) => {
    const filled = text.replaceAll(/\$(\d+)/g, (_, number: string) => {
      const value = values[Number(number) - 1]
      return variable(value) ?? literal(value)
    })
    return `${filled.replaceAll(/\s+/g, ' ')};`
  })
  try {
    await writeFile(join(folder, 'script.sql'), ['\\set n :n + 1', ...script, ''].join('\n'))
    const options = ['-n', '-M', 'prepared', '-c', `${clients}`, '-j', '2', '-T', `${seconds}`, '-D', 'n=0']
    const { stdout, stderr } = await promisify(execFile)(await find(), [
      ...options,
      '-f',
      join(folder, 'script.sql'),
      url,
    ])
    const rate = Number(/tps = ([0-9.]+)/.exec(stdout)?.[1])
    if (!(rate > 0) || stderr.includes('ERROR')) throw new Error(`pgbench did not run the script: ${stderr}`)
    return rate
  } finally {
    await rm(folder, { recursive: true })
  }
}

const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as {
  prepareValue: (value: unknown) => string | Buffer | null
}

/** As the driver would send it. A colon in it would look like a variable to pgbench. */
function literal(value: unknown): string {
  const prepared = prepareValue(value)
  if (prepared === null) return 'null'
  const text = Buffer.isBuffer(prepared) ? `\\x${prepared.toString('hex')}` : prepared
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''").replaceAll(':', '\\x3A')}'`
}

/** Debian's postgresql-contrib or -client has it, outside of the path. */
async function find(): Promise<string> {
  const root = '/usr/lib/postgresql'
  const versions = await readdir(root).catch(() => [])
  const newest = versions.toSorted((a, b) => Number(a) - Number(b)).at(-1)
  if (!newest) throw new Error('there is no pgbench; install it with: apt-get install postgresql-contrib')
  return join(root, newest, 'bin/pgbench')
}
