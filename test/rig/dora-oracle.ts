import type { Pool } from 'pg'

/** The nearest rank from below and from above, between which the percentile lies half-way. */
type Middle = [below: number | null, above: number | null]

/** What one environment's deployments come to since a day, straight from the entries; the slow way, written from the definitions. */
export interface OracleRow {
  project: string
  environment: string
  deployments: number
  succeeded: number
  changes: number
  failed_changes: number
  unplanned: number
  lead_median: Middle
  lead_p90: Middle
  recovery_median: Middle
  recovery_p90: Middle
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
    d.release, nullif(d.previous, d.release) as left_release,
    case when d.outcome = 'succeeded' and d.class <> 'rollback'
      and row_number() over (partition by e.project, e.environment, d.release, d.outcome, d.class <> 'rollback' order by e.index) = 1
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
-- A rollback that took another release away, the change that had brought that one last, and when it got its place last.
leaving as (
  select d.project, d.environment, d.index,
    (select max(c.index) from deployment c where (c.project, c.environment, c.release) = (d.project, d.environment, d.left_release)
      and c.index < d.index and c.good and c.is_change) as change,
    (select finished_at from deployment c where (c.project, c.environment) = (d.project, d.environment)
      and c.index < d.index and c.good order by c.index desc limit 1) as since
  from deployment d where not d.is_change and d.left_release is not null
),
change as (
  select d.*, i.index as intervention, exists (select from leaving l where l.change = d.index) as was_left
  from deployment d left join intervention i using (project, environment, era)
  where d.is_change
),
failure as (
  select project, environment, index as opened, 1 as rank, finished_at as since from change where not good
  union all
  select project, environment, intervention, 0, finished_at from change where good and intervention is not null
  union all
  select project, environment, index, 0, since from leaving where since is not null
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
    and (not c.good or c.intervention is not null or c.was_left)) as failed_changes,
  count(*) filter (where is_unplanned)::int as unplanned,
  array[percentile_disc(0.5) within group (order by lead), percentile_disc(0.5) within group (order by lead desc)] as lead_median,
  array[percentile_disc(0.9) within group (order by lead), percentile_disc(0.1) within group (order by lead desc)] as lead_p90,
  (select array[percentile_disc(0.5) within group (order by seconds), percentile_disc(0.5) within group (order by seconds desc)]
    from recovery r where (r.project, r.environment) = (d.project, d.environment) and r.day >= $1) as recovery_median,
  (select array[percentile_disc(0.9) within group (order by seconds), percentile_disc(0.1) within group (order by seconds desc)]
    from recovery r where (r.project, r.environment) = (d.project, d.environment) and r.day >= $1) as recovery_p90
from deployment d where d.day >= $1
group by d.project, d.environment order by d.project, d.environment`
