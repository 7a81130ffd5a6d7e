-- breaking
-- The newest change that brought each release somewhere: a rollback may leave a release that was not the last to come, and
-- a release is new in an environment once. See core/dora.ts.
create table delivery_change (
  project text collate "C",
  environment text collate "C",
  release text collate "C",
  finished_at timestamptz(3) not null,
  failed boolean not null,
  primary key (project, environment, release)
);
insert into delivery_change
select distinct on (project, environment, release) project, environment, release, finished_at, exists (
    select from deployment later
    where (later.project, later.environment, later.previous) = (d.project, d.environment, d.release)
      and later.class in ('rollback', 'hotfix') and later.outcome <> 'running' and later.fence > d.fence)
from deployment d
where outcome = 'succeeded' and class in ('standard', 'hotfix')
order by project, environment, release, fence desc;

update delivery_state s set state = json_build_object(
  'latestChange', (
    select case outcome when 'succeeded' then release end from deployment d
    where (d.project, d.environment) = (s.project, s.environment) and outcome <> 'running' and class in ('standard', 'hotfix')
    order by fence desc limit 1),
  'succeededAt', (
    select to_char(max(finished_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from deployment d
    where (d.project, d.environment) = (s.project, s.environment) and outcome = 'succeeded' and class <> 'drill'),
  'failingSince', state -> 'failingSince');
