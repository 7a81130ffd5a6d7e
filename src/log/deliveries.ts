import {
  addDeliveries,
  completedDeployment,
  countDeployment,
  noDeliveries,
  nothingDelivered,
  type CompletedDeployment,
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
  const states = await readStates(client, deployments)
  const days = new Map<string, SummedPeriod>()
  for (const deployment of deployments) {
    const { project, environment } = deployment
    const place = nameOf({ project, environment })
    const sumsOf = (start: string) => sumsIn(days, { project, environment, grain: 'day', start })
    const state = states.get(place)?.state ?? nothingDelivered
    states.set(place, { project, environment, state: countDeployment(state, deployment, sumsOf) })
  }
  const months = new Map<string, SummedPeriod>()
  for (const { sums, start, ...day } of days.values()) {
    addDeliveries(sumsIn(months, { ...day, grain: 'month', start: `${start.slice(0, 7)}-01` }), sums)
  }
  const periods = [...days.values(), ...months.values()]
  await addWhatIsKept(client, periods)
  await Promise.all([saveStates(client, [...states.values()]), saveSums(client, periods)])
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

async function readStates(client: Database, places: Place[]): Promise<Map<string, StateOf>> {
  const { rows } = await client.query<StateOf>(
    `select project, environment, state from delivery_state
     where (project, environment) in (select * from unnest($1::text[], $2::text[]))`,
    [places.map(({ project }) => project), places.map(({ environment }) => environment)],
  )
  return new Map(rows.map((row) => [nameOf(row), row]))
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
