import {
  addDeliveries,
  completedDeployment,
  countDeployment,
  noDeliveries,
  nothingDelivered,
  type CompletedDeployment,
  type DeliveryDay,
  type DeliveryState,
  type DeliverySums,
} from '../core/dora.ts'
import { addEncoded, encodeHistogram } from '../core/histogram.ts'
import type { Database } from './database.ts'

interface DeliveryDayRow {
  project: string
  environment: string
  day: string
  deployments: number
  succeeded: number
  changes: number
  failed_changes: number
  unplanned: number
  lead_times: Uint8Array
  recovery_times: Uint8Array
}

const columns = `project, environment, to_char(day, 'YYYY-MM-DD') as day,
  deployments, succeeded, changes, failed_changes, unplanned, lead_times, recovery_times`

/**
 * Counts the `deploy.completed` entries of a batch, given as their bodies in the log's order. An entry that does not say
 * what it must is left out: a bad one may not stop the log.
 */
export async function countDeliveries(client: Database, bodies: string[]): Promise<void> {
  const deployments = bodies.map(readDeployment).filter((deployment) => deployment !== null)
  if (deployments.length === 0) return
  const states = await readStates(client, deployments)
  const added = new Map<string, DeliveryDay>()
  for (const deployment of deployments) {
    const { project, environment } = deployment
    const place = nameOf({ project, environment })
    const sumsOf = (day: string) => {
      const key = nameOf({ project, environment, day })
      const known = added.get(key) ?? { project, environment, day, sums: noDeliveries() }
      added.set(key, known)
      return known.sums
    }
    const state = states.get(place)?.state ?? nothingDelivered
    states.set(place, { project, environment, state: countDeployment(state, deployment, sumsOf) })
  }
  const days = [...added.values()]
  for (const { day, sums } of await readSameDays(client, days)) addDeliveries(day.sums, sums)
  await Promise.all([saveStates(client, [...states.values()]), saveDays(client, days)])
}

/** The sums of the days from `from` on (`2026-01-31`), of one environment or, without one, of all; oldest first. */
export async function readDeliveryDays(
  database: Database,
  from: string,
  place?: { project: string; environment: string },
): Promise<DeliveryDay[]> {
  const { rows } = await database.query<DeliveryDayRow>(
    `select ${columns} from delivery_day
     where day >= $1 ${place ? 'and project = $2 and environment = $3' : ''} order by project, environment, day`,
    place ? [from, place.project, place.environment] : [from],
  )
  return rows.map(deliveryDay)
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

/** What is already kept for each of those days. */
async function readSameDays(
  client: Database,
  days: DeliveryDay[],
): Promise<{ day: DeliveryDay; sums: DeliverySums }[]> {
  const { rows } = await client.query<DeliveryDayRow>(
    `select ${columns} from delivery_day
     where (project, environment, day) in (select * from unnest($1::text[], $2::text[], $3::date[]))`,
    [days.map(({ project }) => project), days.map(({ environment }) => environment), days.map(({ day }) => day)],
  )
  const kept = new Map(rows.map(deliveryDay).map((row) => [nameOf(row), row.sums]))
  return days.map((day) => ({ day, sums: kept.get(nameOf(day)) ?? noDeliveries() }))
}

async function saveDays(client: Database, days: DeliveryDay[]): Promise<void> {
  await client.query(
    `insert into delivery_day
     select * from unnest($1::text[], $2::text[], $3::date[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[], $9::bytea[], $10::bytea[])
     on conflict (project, environment, day) do update set
       deployments = excluded.deployments, succeeded = excluded.succeeded, changes = excluded.changes,
       failed_changes = excluded.failed_changes, unplanned = excluded.unplanned,
       lead_times = excluded.lead_times, recovery_times = excluded.recovery_times`,
    [
      days.map(({ project }) => project),
      days.map(({ environment }) => environment),
      days.map(({ day }) => day),
      days.map(({ sums }) => sums.deployments),
      days.map(({ sums }) => sums.succeeded),
      days.map(({ sums }) => sums.changes),
      days.map(({ sums }) => sums.failedChanges),
      days.map(({ sums }) => sums.unplanned),
      days.map(({ sums }) => encodeHistogram(sums.leadTimes)),
      days.map(({ sums }) => encodeHistogram(sums.recoveryTimes)),
    ],
  )
}

function deliveryDay({ failed_changes, lead_times, recovery_times, ...row }: DeliveryDayRow): DeliveryDay {
  const { project, environment, day, deployments, succeeded, changes, unplanned } = row
  const sums = { ...noDeliveries(), deployments, succeeded, changes, failedChanges: failed_changes, unplanned }
  addEncoded(sums.leadTimes, lead_times)
  addEncoded(sums.recoveryTimes, recovery_times)
  return { project, environment, day, sums }
}

/** A place, or a day in it, as the key of a map. */
function nameOf({ project, environment, day = '' }: Place & { day?: string }): string {
  return `${project}/${environment}/${day}`
}
