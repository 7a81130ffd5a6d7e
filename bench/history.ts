import { Client } from 'pg'
import { advancePromotion } from '../src/app/advance-promotion.ts'
import { explainPromotion } from '../src/app/explain-promotion.ts'
import { getStatus } from '../src/app/get-status.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { startApp } from '../test/rig/app.ts'
import { copyDatabase, makeTemplate, startTestPostgres } from '../test/rig/postgres-server.ts'
import { compare } from './compare.ts'
import { tableText, type Row } from './row.ts'

const few = 1000
const many = Number(process.env['BIG'] ?? 1_000_000)
const rounds = 41
const environments = ['dev', 'stg', 'prod']

const configuration = `
project: shop
environments:
  dev: { deploy: { use: target } }
  stg: { after: [dev], deploy: { use: target } }
  prod:
    after: [stg]
    deploy: { use: target }
    gates: [{ use: soak, for: 1m, in: [dev, stg] }, { use: approval }]
`

/** `status` and `why` in a project with a million deployments, against the same in one with a thousand. */
export async function benchHistory(): Promise<Row[]> {
  const server = await startTestPostgres()
  try {
    await makeTemplate(server.url)
    const short = await open(server.url, few)
    const long = await open(server.url, many)
    const rows = [
      await row('status', { short, long }, ({ app, admin, project }) => getStatus(app, admin, { project })),
      await row('why', { short, long }, ({ app, admin, project, id }) => explainPromotion(app, admin, { project, id })),
    ]
    for (const rig of [short, long]) await rig.stop()
    return rows
  } finally {
    await server.remove()
  }
}

type Rig = Awaited<ReturnType<typeof open>>

async function row(
  what: string,
  { short, long }: { short: Rig; long: Rig },
  ask: (rig: Rig) => Promise<unknown>,
): Promise<Row> {
  for (const rig of [short, long]) await ask(rig)
  const { ours, limit } = await compare(
    rounds,
    () => ask(long),
    () => ask(short),
  )
  return {
    what: `${what}, ${many} deployments`,
    ours: `${ours.toFixed(1)} ms`,
    limit: `${few} deployments ${limit.toFixed(1)} ms`,
    ratio: ours / limit,
    target: { atMost: 1.5 },
  }
}

/** A project with that many deployments behind it, whose newest release waits for its approval in the last environment. */
async function open(server: string, deployments: number) {
  const database = await copyDatabase(server)
  const rig = await startApp(configuration, { database })
  const client = new Client({ connectionString: database.url })
  await client.connect()
  for (const text of history(Math.round(deployments / environments.length))) await client.query(text)
  await client.end()
  const { app, admin, project, store } = { ...rig, store: rig.app.store }
  const [newest] = await store.read((tx) => tx.releases.list({ project, limit: 1 }))
  const input = { project, release: newest!.digest, environment: 'prod', class: 'standard', reason: 'bench' } as const
  const { id } = await requestPromotion(app, admin, input)
  await advancePromotion(app, id, AbortSignal.timeout(60_000))
  return { ...rig, id }
}

/** So many releases, one a minute, each lifted through every environment and replaced by the next. Written past triggers and foreign keys, which would take most of the time. */
function history(releases: number): string[] {
  const digest = `'sha256:' || encode(sha256(n::text::bytea), 'hex')`
  const at = `now() - (${releases} - n + 10) * interval '1 minute'`
  const each = `from generate_series(1, ${releases}) as n`
  const ended = (environment: string) => `
    insert into promotion (id, project, environment, release, class, state, reason, request_reason, requested_by,
      requested_at, expires_at, attempt, unmet, finished_at, version)
    select '${environment}-' || n, 'shop', '${environment}', ${digest}, 'standard', 'succeeded', '', '', 'admin@local',
      ${at}, ${at} + interval '14 days', 1, '[]', ${at}, 3 ${each};
    insert into deployment (promotion, attempt, project, environment, release, class, revision, fence, outcome, reason,
      rollout, started_by, started_at, deployed_at, finished_at, replaced_at)
    select '${environment}-' || n, 1, 'shop', '${environment}', ${digest}, 'standard', 1, n, 'succeeded', '',
      '{"position":1,"pauseUntil":null,"aborting":null,"weight":100}', 'admin@local', ${at}, ${at}, ${at},
      case when n < ${releases} then ${at} + interval '1 minute' end ${each};
    update environment set fence = ${releases} where name = '${environment}'`
  return [
    'set session_replication_role = replica',
    `insert into release (project, digest, version, artifacts, repository, commit, configuration_digest, created_at)
     select 'shop', ${digest}, 'v' || n, '[]', '/repositories/shop', substr(encode(sha256(n::text::bytea), 'hex'), 1, 40),
       ${digest}, ${at} ${each}`,
    ...environments.map(ended),
    'analyze',
  ]
}

if (import.meta.main) console.log(tableText(await benchHistory()))
