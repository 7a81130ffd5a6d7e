import {
  addDeliveries,
  completedDeployment,
  countDeployment,
  noDeliveries,
  nothingDelivered,
  type CompletedDeployment,
  type DeliveredChange,
  type DeliveryState,
  type DeliverySums,
} from '../core/dora.ts'
import { addEncoded, encodeHistogram } from '../core/histogram.ts'
import type { Database } from './database.ts'

/** A day or a month of one environment. */
interface Period extends Place {
  grain: 'day' | 'month'
  /** Its first day, as `2026-01-31`. */
  start: string
}

interface SummedPeriod extends Period {
  sums: DeliverySums
}

interface SumsRow extends Period {
  deployments: number
  succeeded: number
  changes: number
  failed_changes: number
  unplanned: number
  lead_times: Uint8Array
  recovery_times: Uint8Array
}

/**
 * Counts the `deploy.completed` entries of a batch, given as their bodies in the log's order, into their days and months.
 * An entry that does not say what it must is left out: a bad one may not stop the log.
 */
export async function countDeliveries(client: Database, bodies: string[]): Promise<void> {
  const deployments = bodies.map(readDeployment).filter((deployment) => deployment !== null)
  if (deployments.length === 0) return
  const places = await readPlaces(client, deployments)
  const days = new Map<string, SummedPeriod>()
  for (const deployment of deployments) {
    const { project, environment } = deployment
    const place = places.get(nameOf(deployment)) ?? {
      project,
      environment,
      state: nothingDelivered,
      changes: new Map(),
    }
    const sumsOf = (start: string) => sumsIn(days, { project, environment, grain: 'day', start })
    const state = countDeployment(place.state, deployment, { sumsOf, changes: place.changes })
    places.set(nameOf(deployment), { ...place, state })
  }
  const months = new Map<string, SummedPeriod>()
  for (const { sums, start, ...day } of days.values()) {
    addDeliveries(sumsIn(months, { ...day, grain: 'month', start: `${start.slice(0, 7)}-01` }), sums)
  }
  const periods = [...days.values(), ...months.values()]
  await addWhatIsKept(client, periods)
  const kept = [...places.values()]
  await Promise.all([saveStates(client, kept), saveChanges(client, kept), saveSums(client, periods)])
}

/** What one environment's deployments add up to since that day (`2026-01-31`): whole months, and the days before the first of them. */
export async function readDeliveries(database: Database, from: string, place: Place): Promise<DeliverySums> {
  const { rows } = await database.query<SumsRow>(
    `select s.* from delivery_sum s,
       date_trunc('month', $3::date + interval '1 month' - interval '1 day') as first_month
     where project = $1 and environment = $2
       and (grain = 'month' and start >= first_month or grain = 'day' and start >= $3::date and start < first_month)`,
    [place.project, place.environment, from],
  )
  const sums = noDeliveries()
  for (const row of rows) addRow(sums, row)
  return sums
}

function sumsIn(periods: Map<string, SummedPeriod>, period: Period): DeliverySums {
  const name = nameOf(period)
  const known = periods.get(name) ?? { ...period, sums: noDeliveries() }
  periods.set(name, known)
  return known.sums
}

function readDeployment(body: string): CompletedDeployment | null {
  return completedDeployment.safeParse(JSON.parse(body)).data ?? null
}

interface Place {
  project: string
  environment: string
}

interface StateOf extends Place {
  state: DeliveryState
}

/** What must be known of an environment to count a batch of its deployments. */
interface KnownPlace extends StateOf {
  changes: Map<string, DeliveredChange>
}

async function readPlaces(client: Database, deployments: CompletedDeployment[]): Promise<Map<string, KnownPlace>> {
  const { rows } = await client.query<StateOf>(
    `select project, environment, state from delivery_state
     where (project, environment) in (select * from unnest($1::text[], $2::text[]))`,
    [deployments.map(({ project }) => project), deployments.map(({ environment }) => environment)],
  )
  const places = new Map(rows.map((row): [string, KnownPlace] => [nameOf(row), { ...row, changes: new Map() }]))
  const releases = [
    ...rows.map(({ state, ...place }) => ({ ...place, release: state.latestChange })),
    ...deployments.flatMap(({ data, ...place }) => [
      { ...place, release: data.release },
      { ...place, release: data.previous },
    ]),
  ]
  for (const { release, finishedAt, failed, ...place } of await readChanges(client, releases)) {
    places.get(nameOf(place))?.changes.set(release, { finishedAt: finishedAt.toISOString(), failed })
  }
  return places
}

async function readChanges(client: Database, releases: (Place & { release: string | null })[]) {
  const { rows } = await client.query<Place & { release: string; finishedAt: Date; failed: boolean }>(
    `select project, environment, release, finished_at as "finishedAt", failed from delivery_change
     where (project, environment, release) in (select * from unnest($1::text[], $2::text[], $3::text[]))`,
    [
      releases.map(({ project }) => project),
      releases.map(({ environment }) => environment),
      releases.map(({ release }) => release),
    ],
  )
  return rows
}

async function saveChanges(client: Database, places: KnownPlace[]): Promise<void> {
  const all = places.flatMap(({ project, environment, changes }) =>
    [...changes].map(([release, change]) => ({ project, environment, release, ...change })),
  )
  await client.query(
    `insert into delivery_change select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[])
     on conflict (project, environment, release) do update set
       finished_at = excluded.finished_at, failed = excluded.failed`,
    [
      all.map(({ project }) => project),
      all.map(({ environment }) => environment),
      all.map(({ release }) => release),
      all.map(({ finishedAt }) => finishedAt),
      all.map(({ failed }) => failed),
    ],
  )
}

async function saveStates(client: Database, states: StateOf[]): Promise<void> {
  await client.query(
    `insert into delivery_state select * from unnest($1::text[], $2::text[], $3::json[])
     on conflict (project, environment) do update set state = excluded.state`,
    [
      states.map(({ project }) => project),
      states.map(({ environment }) => environment),
      states.map(({ state }) => JSON.stringify(state)),
    ],
  )
}

async function addWhatIsKept(client: Database, periods: SummedPeriod[]): Promise<void> {
  const { rows } = await client.query<SumsRow>(
    `select delivery_sum.*, to_char(start, 'YYYY-MM-DD') as start from delivery_sum
     where (project, environment, grain, start) in (select * from unnest($1::text[], $2::text[], $3::text[], $4::date[]))`,
    keysOf(periods),
  )
  const kept = new Map(rows.map((row) => [nameOf(row), row]))
  for (const period of periods) {
    const row = kept.get(nameOf(period))
    if (row) addRow(period.sums, row)
  }
}

async function saveSums(client: Database, periods: SummedPeriod[]): Promise<void> {
  const all = periods.map(({ sums }) => sums)
  await client.query(
    `insert into delivery_sum
     select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::int[], $6::int[], $7::int[], $8::int[], $9::int[],
       $10::bytea[], $11::bytea[])
     on conflict (project, environment, grain, start) do update set
       deployments = excluded.deployments, succeeded = excluded.succeeded, changes = excluded.changes,
       failed_changes = excluded.failed_changes, unplanned = excluded.unplanned,
       lead_times = excluded.lead_times, recovery_times = excluded.recovery_times`,
    [
      ...keysOf(periods),
      all.map(({ deployments }) => deployments),
      all.map(({ succeeded }) => succeeded),
      all.map(({ changes }) => changes),
      all.map(({ failedChanges }) => failedChanges),
      all.map(({ unplanned }) => unplanned),
      all.map(({ leadTimes }) => encodeHistogram(leadTimes)),
      all.map(({ recoveryTimes }) => encodeHistogram(recoveryTimes)),
    ],
  )
}

function keysOf(periods: Period[]): string[][] {
  return [
    periods.map(({ project }) => project),
    periods.map(({ environment }) => environment),
    periods.map(({ grain }) => grain),
    periods.map(({ start }) => start),
  ]
}

function addRow(sums: DeliverySums, row: SumsRow): void {
  sums.deployments += row.deployments
  sums.succeeded += row.succeeded
  sums.changes += row.changes
  sums.failedChanges += row.failed_changes
  sums.unplanned += row.unplanned
  addEncoded(sums.leadTimes, row.lead_times)
  addEncoded(sums.recoveryTimes, row.recovery_times)
}

/** A place, or a period of it, as the key of a map. */
function nameOf({ project, environment, grain = '', start = '' }: Place & { grain?: string; start?: string }): string {
  return `${project}/${environment}/${grain}/${start}`
}
