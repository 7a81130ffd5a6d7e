import { Client } from 'pg'
import { advancePromotion } from '../src/app/advance-promotion.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { isFinal } from '../src/core/promotion.ts'
import { leafHash } from '../src/core/merkle.ts'
import { createQueue } from '../src/store/queue.ts'
import { startApp } from '../test/rig/app.ts'
import { copyDatabase, makeTemplate, startTestPostgres } from '../test/rig/postgres-server.ts'
import { compare, median } from './compare.ts'
import { pgbench, recordStatements } from './pgbench.ts'
import { tableText, type Row } from './row.ts'

const clients = 16
const seconds = 3
const rounds = 5
const starts = 100

/** As the embedded database is set. */
const durable = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_wal_size: '512MB' }

/** Promotions without gates, over a database that syncs every commit, to a target that does nothing. */
export async function benchPromotions(): Promise<Row[]> {
  const server = await startTestPostgres(durable)
  try {
    await makeTemplate(server.url)
    const database = await copyDatabase(server.url)
    const queue = await createQueue({ url: database.url, report: console.error })
    const rig = await startApp(configuration, { database, outbox: queue })
    const rows = [await benchStart(rig, database.url), await benchThroughput(rig, database.url)]
    await queue.stop(0)
    await rig.stop()
    return rows
  } finally {
    await server.remove()
  }
}

type Rig = Awaited<ReturnType<typeof startApp>>

const names = Array.from({ length: clients }, (_, client) => `e${client}`)
const configuration = [
  'project: shop',
  'environments:',
  ...names.map((name) => `  ${name}: { deploy: { use: target } }`),
].join('\n')

async function request({ app, admin, project }: Rig, release: string, environment: string): Promise<string> {
  const input = { project, release, environment, class: 'standard', reason: 'bench' } as const
  return (await requestPromotion(app, admin, input)).id
}

/** Judges, starts, deploys and verifies, as the worker does when it takes the jobs. */
async function carryOut({ app, promotion }: Rig, id: string): Promise<void> {
  while (!isFinal((await promotion(id)).state)) await advancePromotion(app, id, AbortSignal.timeout(10_000))
}

/** From the question whether a waiting promotion may start to its `deploy.started` on disk, against the same rows in one statement. */
async function benchStart(rig: Rig, url: string): Promise<Row> {
  const { digest } = await rig.build()
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(`insert into environment (project, name, fence) values ('shop', 'bare', 0)`)
  const body = 'x'.repeat(1000)
  const pairs: { ours: number; limit: number }[] = []
  for (let round = 0; round < starts; round++) {
    const id = await request(rig, digest, 'e0')
    const bare = `bare-${round}`
    await client.query(prepareBare, [bare, digest])
    pairs.push(
      await compare(
        1,
        () => advancePromotion(rig.app, id, AbortSignal.timeout(10_000)),
        () => client.query({ name: 'start', text: startBare, values: [bare, digest, body, leafHash(body)] }),
      ),
    )
    await carryOut(rig, id)
    for (const text of finishBare) await client.query(text, [bare])
  }
  await client.end()
  const ours = median(pairs.map((pair) => pair.ours))
  const limit = median(pairs.map((pair) => pair.limit))
  return {
    what: 'allowed request → durable deploy.started',
    ours: `${ours.toFixed(2)} ms`,
    limit: `one statement ${limit.toFixed(2)} ms`,
    ratio: ours / limit,
    target: { atMost: 3 },
  }
}

const prepareBare = `
  insert into promotion (id, project, environment, release, class, state, reason, request_reason, requested_by,
    requested_at, expires_at, attempt, unmet, version)
  values ($1, 'shop', 'bare', $2, 'standard', 'waiting', '', '', 'admin@local', now(), now() + '1 day', 0, '[]', 0)`

const startBare = `
  with environment as (
    update environment set fence = fence + 1, active = $1
    where project = 'shop' and name = 'bare' and active is null returning fence
  ), promotion as (
    update promotion set state = 'deploying', attempt = 1, version = version + 1 where id = $1 and state = 'waiting'
  ), deployment as (
    insert into deployment (promotion, attempt, project, environment, release, class, revision, fence, outcome, reason,
      rollout, started_by, started_at)
    select $1, 1, 'shop', 'bare', $2, 'standard', 1, fence, 'running', '', '{}', 'admin@local', now() from environment
  ), entry as (
    insert into log_queue (id, body, leaf_hash) values ($1, $3, $4)
  )
  insert into pgboss.job (name, data, singleton_key)
  values ('advance-promotion', json_build_object('promotion', $1::text), $1)`

const finishBare = [
  `update deployment set outcome = 'failed', finished_at = now() where promotion = $1`,
  `update promotion set state = 'failed', finished_at = now() where id = $1`,
  `update environment set active = null where active = $1`,
]

/** Whole promotions, from the request to `deploy.completed`, against pgbench sending the same statements. */
async function benchThroughput(rig: Rig, url: string): Promise<Row> {
  const { digest } = await rig.build()
  const statements = await recordOne(rig, digest, url)
  const figures: { ours: number; limit: number }[] = []
  for (let round = 0; round < rounds; round++) {
    // Environments of its own for each round: in each of them pgbench counts its promotions and fences from one.
    const prefix = `b${round}-`
    await prepareEnvironments(url, prefix)
    const limit = await pgbench(url, statements.sent, { clients, seconds, variable: variables(statements, prefix) })
    figures.push({ ours: await promoteFor(rig, digest), limit })
  }
  const ours = median(figures.map((figure) => figure.ours))
  const limit = median(figures.map((figure) => figure.limit))
  return {
    what: `promotions per second, ${clients} clients`,
    ours: `${ours.toFixed(0)}/s`,
    limit: `pgbench ${limit.toFixed(0)}/s`,
    ratio: median(figures.map((figure) => figure.ours / figure.limit)),
    target: { atLeast: 0.5 },
  }
}

const fence = 1_000_000

/** Records the third promotion of an environment, so that it replaces one; its fence is a number that nothing else has. */
async function recordOne(rig: Rig, release: string, url: string) {
  await run(url, `update environment set fence = ${fence} where name = 'e0'`)
  let previous = ''
  for (let before = 0; before < 2; before++) {
    previous = await request(rig, release, 'e0')
    await carryOut(rig, previous)
  }
  let current = ''
  const sent = await recordStatements(rig.pool, async () => {
    current = await request(rig, release, 'e0')
    await carryOut(rig, current)
  })
  return { sent, previous, current }
}

/** What differs from one promotion to the next. */
function variables({ previous, current }: { previous: string; current: string }, prefix: string) {
  const id = (number: string) => `('${prefix}' || :client_id || '-' || ${number})`
  const known = new Map<unknown, string>([
    ['e0', `('${prefix}' || :client_id)`],
    [current, id(':n')],
    [previous, id('(:n - 1)')],
    [fence + 3, ':n'],
    [fence + 2, '(:n - 1)'],
  ])
  return (value: unknown) => known.get(value)
}

async function prepareEnvironments(url: string, prefix: string): Promise<void> {
  await run(
    url,
    `insert into environment (project, name, fence)
     select 'shop', '${prefix}' || client, 0 from generate_series(0, ${clients - 1}) as client`,
  )
}

async function promoteFor(rig: Rig, release: string): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  const counts = await Promise.all(
    names.map(async (environment) => {
      let count = 0
      for (; performance.now() < end; count++) await carryOut(rig, await request(rig, release, environment))
      return count
    }),
  )
  return (counts.reduce((sum, count) => sum + count) * 1000) / (performance.now() - start)
}

async function run(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

if (import.meta.main) console.log(tableText(await benchPromotions()))
