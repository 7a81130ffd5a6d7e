import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pool } from 'pg'
import { doraMetrics } from '../src/core/dora.ts'
import { inclusionSpans, subtreesOf } from '../src/core/merkle-path.ts'
import { readEgressRule } from '../src/core/egress-rule.ts'
import { readVkey } from '../src/core/note.ts'
import { auditLog } from '../src/log/audit.ts'
import { entries } from '../src/log/entries.ts'
import { logKey, type LogKey } from '../src/log/key.ts'
import { inclusionProof } from '../src/log/proofs.ts'
import { logHistory } from '../src/log/history.ts'
import { openSeenHead } from '../src/log/seen-head.ts'
import { sequence } from '../src/log/sequence.ts'
import { startSequencer, type Sequencer } from '../src/log/sequencer.ts'
import { placeOf } from '../src/log/stored-tile.ts'
import { createHttp } from '../src/outside/http.ts'
import { startSinks } from '../src/sinks/start-sinks.ts'
import { createPool } from '../src/store/connect.ts'
import { startEmbedded } from '../src/store/embedded.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import { entriesFrom, entryNumber, queueEntries } from '../test/rig/entries.ts'
import { startWitness } from '../test/rig/witness.ts'
import { compare, median } from './compare.ts'
import { tableText, type Row } from './row.ts'
import { benchVerify } from './verify-log.ts'

const small = 10_000
const large = 1_000_000
const rounds = 5
const batch = 1000
const appended = 10 * batch
/** In the middle of a month, so that a year is whole months and single days. */
const year = '2025-01-15'

/** The log on a PostgreSQL of its own that syncs every commit: appending, proving and verifying at 10 k and 1 M entries, and a year of metrics. */
export async function benchLog(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lockflight-bench-'))
  const server = await startEmbedded(folder, { report: (message) => console.error(message) })
  const pool = createPool({ url: server.url, connections: 4 })
  try {
    await migrate(server.url, await readMigrations())
    await pool.query('create table plain (like log_entry including all)')
    const key = logKey(generateKeyPairSync('ed25519').privateKey, 'bench.test/log')
    const rows: Row[] = []
    for (const size of [small, large]) {
      await fill(pool, key, size)
      rows.push(await benchProof(pool, size))
      if (size === small) rows.push(await benchAudit(pool, key, size))
      if (size === large) {
        rows.push(...(await benchVerify(pool, { folder: join(folder, 'exported'), vkey: key.vkey, size })))
        rows.push(await benchYear(pool), await benchDelay(pool, key, folder), await benchWitnessed(pool, key, folder))
      }
      rows.push(...(await benchAppend(pool, key, size)))
    }
    return rows
  } finally {
    await pool.end()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Entries as they come from 1 M deployments of one environment in a year. */
async function fill(pool: Pool, key: LogKey, size: number): Promise<void> {
  const { rows } = await pool.query<{ size: number }>('select coalesce(max(index) + 1, 0) as size from log_entry')
  for (let at = rows[0]!.size; at < size; at += batch) {
    await queueEntries(
      pool,
      Array.from({ length: Math.min(batch, size - at) }, (_, next) => deployment(at + next)),
    )
    await sequence(pool, key, { limit: batch, seen: null })
    await pool.query('insert into plain select * from log_entry where index >= $1', [at])
  }
  await pool.query('analyze log_entry, log_tile, delivery_sum, plain')
}

function deployment(number: number) {
  const finished = Date.parse(year) + Math.floor((number / large) * 365 * 86_400_000)
  // Spread over minutes to weeks, without chance.
  const lead = Math.exp(4 + ((number * 7919) % 10_007) / 1000)
  const at = (seconds: number) => new Date(finished - seconds * 1000).toISOString()
  return entryNumber(number, {
    type: 'deploy.completed',
    data: {
      promotion: `promotion-${number}`,
      attempt: 1,
      fence: number + 1,
      class: number % 29 === 0 ? 'rollback' : number % 31 === 0 ? 'hotfix' : 'standard',
      outcome: number % 23 === 0 ? 'failed' : 'succeeded',
      release: `sha256:${number.toString(16).padStart(64, '0')}`,
      previous: null,
      finishedAt: at(0),
      committedAt: at(lead),
      releaseCreatedAt: at(lead / 2),
    },
  })
}

async function benchAppend(pool: Pool, key: LogKey, size: number): Promise<Row[]> {
  const entriesOf = (round: number) => entriesFrom((size === small ? 10 : 11) * large + round * appended, appended)
  const inBatches = async (round: number, work: (entries: ReturnType<typeof entriesOf>) => Promise<unknown>) => {
    const all = entriesOf(round)
    for (let at = 0; at < appended; at += batch) await work(all.slice(at, at + batch))
  }
  const sequenced = { spent: 0 }
  const times = await compare(
    rounds,
    (round) =>
      inBatches(round, async (some) => {
        await queueEntries(pool, some)
        const start = performance.now()
        await sequence(pool, key, { limit: batch, seen: null })
        sequenced.spent += performance.now() - start
      }),
    (round) => inBatches(round, (some) => insertPlainly(pool, some)),
  )
  const perSecond = (milliseconds: number) => `${(appended / milliseconds).toFixed(1)} k/s`
  return [
    {
      what: `append at ${inWords(size)}: queue, order, tree, signature`,
      ours: perSecond(times.ours),
      limit: `plain inserts of the same rows ${perSecond(times.limit)}`,
      ratio: times.limit / times.ours,
      target: { atLeast: 0.33 },
    },
    {
      what: '  of which the sequencer alone',
      ours: perSecond(sequenced.spent / rounds),
      limit: `plain inserts of the same rows ${perSecond(times.limit)}`,
      ratio: times.limit / (sequenced.spent / rounds),
      target: { atLeast: 0.33 },
    },
  ]
}

async function insertPlainly(pool: Pool, some: ReturnType<typeof entriesFrom>): Promise<void> {
  const bodies = some.map((entry) => JSON.stringify(entry))
  await pool.query(
    `insert into plain select $3::bigint + n, id, type, project, environment, subject, actor, at, body, sha256(id::bytea)
     from unnest($1::text[], $2::text[]) with ordinality as row (entry_id, body, n), json_to_record(body::json) as entry
       (id text, type text, project text, environment text, subject text, actor text, at timestamptz)`,
    [some.map(({ id }) => id), bodies, Number(some[0]!.id.slice('entry-'.length))],
  )
}

/** The same with checkpoints going to a witness and into a file. */
async function benchWitnessed(pool: Pool, key: LogKey, folder: string): Promise<Row> {
  const witness = await startWitness({ home: folder, logs: [key.vkey] })
  const address = { url: witness.url, key: readVkey(witness.vkey, 'cosignature')! }
  const sinks = startSinks({
    settings: {
      witnesses: [address],
      witnessesNeeded: 1,
      sinks: [{ use: 'file', file: join(folder, 'checkpoint') }],
      gatherSeconds: 1,
      webhookKey: null,
    },
    log: logHistory(pool, key),
    http: createHttp({ opened: [readEgressRule('127.0.0.0/8')!] }),
    openBranch: () => {
      throw new Error('there is no repository')
    },
    report: (name, trouble) => trouble && console.error(name, trouble),
  })
  try {
    return await benchDelay(pool, key, folder, { besides: ', a witness, a file', onGrowth: sinks.wake, first: 30 })
  } finally {
    await sinks.stop()
    await witness.stop()
  }
}

/** From the commit of an entry to its place in the signed tree, while 16 writers wait for theirs. */
async function benchDelay(
  pool: Pool,
  key: LogKey,
  folder: string,
  {
    besides = '',
    onGrowth = () => undefined,
    first = 20,
  }: { besides?: string; onGrowth?: () => void; first?: number } = {},
): Promise<Row> {
  const seen = await openSeenHead(join(folder, 'log.head'), key)
  const sequencer = startSequencer({ pool, key, seen, report: (problem) => problem && console.error(problem) })
  sequencer.onGrowth(onGrowth)
  const writers = 16
  const each = 40
  const delays: number[] = []
  const write = async (writer: number) => {
    for (let at = 0; at < each; at += 1) {
      const entry = entryNumber(first * large + writer * each + at)
      let grown = nextGrowth(sequencer)
      await queueEntries(pool, [entry])
      const start = performance.now()
      sequencer.wake()
      do {
        await grown
        grown = nextGrowth(sequencer)
      } while ((await pool.query('select from log_entry where id = $1', [entry.id])).rowCount === 0)
      delays.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  await sequencer.stop()
  const p99 = delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)]!
  return {
    what: `in the tree after the commit, ${writers} writers${besides}, p99`,
    ours: `${p99.toFixed(0)} ms (median ${median(delays).toFixed(0)} ms)`,
    limit: '100 ms',
    ratio: p99 / 100,
    target: { atMost: 1 },
  }
}

function nextGrowth(sequencer: Sequencer): Promise<void> {
  return new Promise((resolve) => {
    const stop = sequencer.onGrowth(() => {
      stop()
      resolve()
    })
  })
}

async function benchProof(pool: Pool, size: number): Promise<Row> {
  const proofs = 200
  const indexOf = (at: number) => (at * 7919 * 131) % size
  const tilesOf = (index: number) => {
    const tiles = inclusionSpans(index, size).flatMap(subtreesOf).map(placeOf)
    return [...new Map(tiles.map((tile) => [`${tile.level}/${tile.index}`, tile])).values()]
  }
  const wanted = Array.from({ length: proofs }, (_, at) => tilesOf(indexOf(at)))
  const times = await compare(
    rounds,
    async () => {
      for (let at = 0; at < proofs; at += 1) await inclusionProof(pool, indexOf(at), size)
    },
    async () => {
      for (const tiles of wanted) {
        // 256 hashes each, as a verifier would fetch them.
        await pool.query(
          `select level, index, substr(nodes, 1, 8192) from log_tile
           join unnest($1::smallint[], $2::bigint[]) as wanted (level, index) using (level, index)`,
          [tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
        )
      }
    },
  )
  const each = (milliseconds: number) => `${(milliseconds / proofs).toFixed(2)} ms`
  return {
    what: `inclusion proof at ${inWords(size)}`,
    ours: each(times.ours),
    limit: `reading its tiles ${each(times.limit)}`,
    ratio: times.ours / times.limit,
    target: { atMost: 2 },
  }
}

async function benchAudit(pool: Pool, key: LogKey, size: number): Promise<Row> {
  const times = await compare(
    rounds,
    () => auditLog(pool, key, []),
    () => pool.query('select index, body from log_entry order by index'),
  )
  return {
    what: `verifying all ${inWords(size)} entries`,
    ours: `${(size / times.ours).toFixed(0)} k/s`,
    limit: `reading them ${(size / times.limit).toFixed(0)} k/s`,
    ratio: times.ours / times.limit,
    target: null,
  }
}

async function benchYear(pool: Pool): Promise<Row> {
  const read = entries(pool)
  const place = { project: 'checkout', environment: 'prod' }
  const times = await compare(
    rounds,
    async () => doraMetrics(await read.deliveries(year, place), 365),
    () => pool.query(`select * from delivery_sum where grain = 'month' and start >= $1`, [year]),
  )
  return {
    what: `DORA metrics of a year with ${inWords(large)} deployments`,
    ours: `${times.ours.toFixed(1)} ms`,
    limit: `10 ms (its rows alone ${times.limit.toFixed(1)} ms)`,
    ratio: times.ours / 10,
    target: { atMost: 1 },
  }
}

function inWords(count: number): string {
  return count >= 1_000_000 ? `${count / 1_000_000} M` : `${count / 1000} k`
}

if (import.meta.main) console.log(tableText(await benchLog()))
