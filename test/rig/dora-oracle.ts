import type { Pool } from 'pg'

/** What one environment's deployments come to since a day, straight from the entries; the slow way, written from the definitions. */
export interface OracleRow {
  project: string
  environment: string
  deployments: number
  succeeded: number
  changes: number
  failed_changes: number
  unplanned: number
  lead_median: number | null
  lead_p90: number | null
  recovery_median: number | null
  recovery_p90: number | null
}

/** Reads every `deploy.completed` entry; each environment's line is counted from that day on (`2026-01-31`). */
export async function doraFromEntries(pool: Pool, from: string): Promise<OracleRow[]> {
  const { rows } = await pool.query<OracleRow>(text, [from])
  return rows
}

const text = `
with deployment as (
  select e.project, e.environment, e.index, d.class, d.outcome = 'succeeded' as good, d.class <> 'rollback' as is_change,
    d.class <> 'standard' as is_unplanned, d."finishedAt" as finished_at, (d."finishedAt" at time zone 'UTC')::date as day,
    case when d.outcome = 'succeeded' and d.class <> 'rollback' and d.release is distinct from d.previous
      then extract(epoch from d."finishedAt" - coalesce(d."committedAt", d."releaseCreatedAt"))::float8 end as lead,
    count(*) filter (where d.class <> 'rollback') over w as era,
    min(e.index) filter (where d.outcome = 'succeeded') over later as next_good
  from log_entry e, json_to_record(e.body::json -> 'data') as d (class text, outcome text, release text, previous text,
    "finishedAt" timestamptz, "committedAt" timestamptz, "releaseCreatedAt" timestamptz)
  where e.type = 'deploy.completed' and d.class <> 'drill'
  window w as (partition by e.project, e.environment order by e.index),
    later as (partition by e.project, e.environment order by e.index desc)
),
-- A change and what came before the next one. It needed intervention when a rollback follows in its era, or when the
-- next era begins with a hotfix.
intervention as (
  select project, environment, case when is_change then era - 1 else era end as era, min(index) as index
  from deployment where is_unplanned group by 1, 2, 3
),
change as (
  select d.*, i.index as intervention from deployment d left join intervention i using (project, environment, era)
  where d.is_change
),
failure as (
  select project, environment, index as opened, 1 as rank, finished_at as since from change where not good
  union all
  select project, environment, intervention, 0, finished_at from change where good and intervention is not null
),
recovery as (
  select distinct on (project, environment, s.index) project, environment, s.day,
    extract(epoch from s.finished_at - f.since)::float8 as seconds
  from failure f
  join deployment o using (project, environment)
  join deployment s using (project, environment)
  where o.index = f.opened and s.index = o.next_good
  order by project, environment, s.index, f.opened, f.rank
)
select d.project, d.environment, count(*)::int as deployments, count(*) filter (where good)::int as succeeded,
  count(*) filter (where is_change)::int as changes,
  (select count(*)::int from change c where (c.project, c.environment) = (d.project, d.environment) and c.day >= $1
    and (not c.good or c.intervention is not null)) as failed_changes,
  count(*) filter (where is_unplanned)::int as unplanned,
  percentile_disc(0.5) within group (order by lead) as lead_median,
  percentile_disc(0.9) within group (order by lead) as lead_p90,
  (select percentile_disc(0.5) within group (order by seconds) from recovery r
    where (r.project, r.environment) = (d.project, d.environment) and r.day >= $1) as recovery_median,
  (select percentile_disc(0.9) within group (order by seconds) from recovery r
    where (r.project, r.environment) = (d.project, d.environment) and r.day >= $1) as recovery_p90
from deployment d where d.day >= $1
group by d.project, d.environment order by d.project, d.environment`
