-- Everything but the log. Documents are `json`, not `jsonb`: they are kept letter by letter (a digest may be taken over
-- them, a job's output may hold U+0000) and nothing looks inside. Times carry milliseconds, as everything above does.

create domain identifier as text collate "C" check (value ~ '^[!-~]{1,128}$');
create domain slug as text collate "C" check (value ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$');
create domain digest as text collate "C" check (value ~ '^sha256:[0-9a-f]{64}$');
create domain actor_id as text collate "C" check (value like '%_@_%');

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% cannot be changed like this', tg_table_name using errcode = 'restrict_violation', constraint = tg_name;
end $$;

-- Configuration ---------------------------------------------------------------------------------------------------

create table revision (
  project slug,
  number integer check (number > 0),
  digest digest not null,
  configuration json not null,
  applied_by actor_id not null,
  applied_at timestamptz(3) not null,
  constraint revision_number primary key (project, number)
);
create trigger revision_immutable before update or delete on revision for each row execute function refuse_change();

-- Runs and releases -----------------------------------------------------------------------------------------------

create table release (
  project slug,
  digest digest,
  version text not null check (version <> ''),
  artifacts json not null,
  repository text not null,
  commit text not null check (commit ~ '^[0-9a-f]{40}([0-9a-f]{24})?$'),
  branch text,
  configuration_digest digest not null,
  run identifier,
  author actor_id,
  committed_at timestamptz(3),
  created_at timestamptz(3) not null,
  constraint release_digest primary key (project, digest),
  constraint release_version unique (project, version)
);
create index release_newest on release (project, created_at desc, digest desc);
create trigger release_immutable before update or delete on release for each row execute function refuse_change();

create table run (
  id identifier constraint run_id primary key,
  project slug not null,
  number integer not null check (number > 0),
  repository text not null,
  commit text not null check (commit ~ '^[0-9a-f]{40}([0-9a-f]{24})?$'),
  branch text,
  author_email text not null,
  committed_at timestamptz(3) not null,
  pipeline json not null,
  configuration_digest digest not null,
  state text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  reason text not null,
  requested_by actor_id not null,
  created_at timestamptz(3) not null,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  release digest,
  cancelled_by actor_id,
  execution integer not null check (execution >= 0),
  version integer not null,
  constraint run_number unique (project, number),
  constraint run_release foreign key (project, release) references release,
  constraint run_finished check ((finished_at is not null) = (state in ('succeeded', 'failed', 'cancelled')))
);
create index run_newest on run (project, created_at desc, id desc);
create index run_unfinished on run (id) where finished_at is null;
create trigger run_final before update on run for each row
  when (old.finished_at is not null and new.state <> old.state) execute function refuse_change();
alter table release add constraint release_run foreign key (run) references run;

create table run_counter (
  project slug primary key,
  runs integer not null
);

create table run_job (
  run identifier references run,
  name slug,
  state text not null check (state in ('pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled')),
  attempt integer not null check (attempt >= 0),
  interruptions integer not null check (interruptions >= 0),
  reason text not null,
  outputs json not null,
  artifacts json not null,
  reports json not null,
  started_at timestamptz(3),
  finished_at timestamptz(3),
  constraint run_job_name primary key (run, name)
);

create table run_step (
  run identifier,
  job slug,
  attempt integer check (attempt >= 0),
  index integer check (index >= 0),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  exit_code integer,
  constraint run_step_index primary key (run, job, attempt, index),
  foreign key (run, job) references run_job
);

-- Text may hold any character, so it is kept as UTF-8 bytes.
create table log_stream (
  name text collate "C" primary key,
  length bigint not null
);
create table log_text (
  stream text collate "C" references log_stream,
  sequence bigint,
  at timestamptz(3) not null,
  text bytea not null,
  primary key (stream, sequence)
);

-- What is known about releases ------------------------------------------------------------------------------------

create table attestation (
  project slug,
  release digest,
  digest digest,
  predicate_type text not null,
  bundle json not null,
  created_at timestamptz(3) not null,
  primary key (project, release, digest),
  foreign key (project, release) references release
);
create trigger attestation_immutable before update or delete on attestation for each row execute function refuse_change();

create table trusted_key (
  id text primary key,
  public_key text not null,
  purpose text not null check (purpose in ('provenance', 'log')),
  created_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);

-- Environments, promotions, deployments ---------------------------------------------------------------------------

create table environment (
  project slug,
  name slug,
  fence bigint not null check (fence >= 0),
  active identifier,
  hold_by actor_id,
  hold_reason text,
  hold_at timestamptz(3),
  constraint environment_name primary key (project, name),
  constraint environment_hold check (num_nulls(hold_by, hold_reason, hold_at) in (0, 3))
);
-- A fence never goes back, and whoever takes a free environment takes a new one.
create trigger environment_fence before update on environment for each row
  when (new.fence < old.fence or (new.active is not null and new.active is distinct from old.active and new.fence = old.fence))
  execute function refuse_change();

create table promotion (
  id identifier constraint promotion_id primary key,
  project slug not null,
  environment slug not null,
  release digest not null,
  class text not null check (class in ('standard', 'hotfix', 'rollback', 'drill')),
  state text not null check (state in ('waiting', 'deploying', 'verifying', 'succeeded', 'failed', 'rejected', 'cancelled', 'superseded', 'expired')),
  reason text not null,
  request_reason text not null,
  requested_by actor_id not null,
  requested_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  attempt integer not null check (attempt >= 0),
  unmet json not null,
  recheck_at timestamptz(3),
  finished_at timestamptz(3),
  version integer not null,
  constraint promotion_environment foreign key (project, environment) references environment,
  constraint promotion_release foreign key (project, release) references release,
  constraint promotion_finished check ((finished_at is null) = (state in ('waiting', 'deploying', 'verifying'))),
  constraint promotion_started check (state not in ('deploying', 'verifying', 'succeeded', 'failed') or attempt > 0)
);
create index promotion_newest on promotion (project, requested_at desc, id desc);
create index promotion_newest_in on promotion (project, environment, requested_at desc, id desc);
create index promotion_newest_of on promotion (project, release, requested_at desc, id desc);
create unique index promotion_waiting on promotion (project, environment, release, class) where state = 'waiting';
create unique index promotion_active on promotion (project, environment) where state in ('deploying', 'verifying');
create trigger promotion_final before update on promotion for each row
  when (old.finished_at is not null and new.state <> old.state) execute function refuse_change();
alter table environment add constraint environment_active foreign key (active) references promotion;

create table approval (
  id identifier primary key,
  project slug not null,
  promotion identifier not null references promotion,
  by actor_id not null,
  decision text not null check (decision in ('approve', 'reject')),
  reason text not null,
  binds digest not null,
  at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  constraint approval_once unique (promotion, by, decision, binds)
);
create trigger approval_immutable before update or delete on approval for each row execute function refuse_change();

create table evaluation (
  id identifier primary key,
  promotion identifier not null references promotion,
  release digest not null,
  environment slug not null,
  gate slug not null,
  definition json not null,
  evidence json,
  evidence_digest digest,
  outcome text not null check (outcome in ('pass', 'fail', 'wait', 'inconclusive', 'error')),
  verdict json not null,
  at timestamptz(3) not null
);
create index evaluation_newest on evaluation (promotion, gate, at desc, id desc);
create trigger evaluation_immutable before update or delete on evaluation for each row execute function refuse_change();

create table deployment (
  promotion identifier references promotion,
  attempt integer check (attempt > 0),
  project slug not null,
  environment slug not null,
  release digest not null,
  class text not null check (class in ('standard', 'hotfix', 'rollback', 'drill')),
  revision integer not null,
  fence bigint not null check (fence > 0),
  outcome text not null check (outcome in ('running', 'succeeded', 'failed')),
  reason text not null,
  previous digest,
  rollout json not null,
  url text,
  started_by actor_id not null,
  started_at timestamptz(3) not null,
  deployed_at timestamptz(3),
  finished_at timestamptz(3),
  replaced_at timestamptz(3),
  constraint deployment_attempt primary key (promotion, attempt),
  constraint deployment_fence unique (project, environment, fence),
  constraint deployment_environment foreign key (project, environment) references environment,
  constraint deployment_release foreign key (project, release) references release,
  constraint deployment_previous foreign key (project, previous) references release,
  constraint deployment_revision foreign key (project, revision) references revision,
  constraint deployment_finished check ((finished_at is null) = (outcome = 'running')),
  constraint deployment_replaced check (replaced_at is null or outcome = 'succeeded')
);
create unique index deployment_running on deployment (project, environment) where outcome = 'running';
create index deployment_succeeded on deployment (project, environment, fence desc) where outcome = 'succeeded';
create index deployment_of on deployment (project, environment, release, fence desc);
create trigger deployment_final before update on deployment for each row
  when (new.fence <> old.fence or new.release <> old.release or (old.outcome <> 'running' and new.outcome <> old.outcome))
  execute function refuse_change();

create function refuse_older_fence() returns trigger language plpgsql as $$
begin
  if exists (
    select from deployment d
    where d.project = new.project and d.environment = new.environment and d.fence >= new.fence
  ) then
    raise exception 'fence % of % is not above all before it', new.fence, new.environment
      using errcode = 'restrict_violation', constraint = 'deployment_fence';
  end if;
  return new;
end $$;
create trigger deployment_fence_grows before insert on deployment for each row execute function refuse_older_fence();

-- People, machines and what they may --------------------------------------------------------------------------------

create table member (
  id actor_id primary key,
  kind text not null check (kind in ('human', 'machine')),
  name text not null,
  disabled boolean not null,
  created_at timestamptz(3) not null
);

create table member_email (
  email text constraint member_email_once primary key check (email = lower(email)),
  member actor_id not null references member,
  position integer not null
);
create index member_email_member on member_email (member);

create table role_grant (
  actor actor_id not null,
  role text not null check (role in ('viewer', 'developer', 'approver', 'operator', 'admin', 'auditor')),
  project slug,
  environment slug,
  constraint role_grant_once unique nulls not distinct (actor, role, project, environment),
  constraint role_grant_place check (environment is null or project is not null)
);

create table group_member (
  project slug,
  name slug,
  member actor_id,
  primary key (project, name, member)
);

create table token (
  id identifier primary key,
  secret_digest digest not null unique,
  owner actor_id not null,
  label text not null,
  scope json not null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  revoked_at timestamptz(3)
);
create index token_owner on token (owner);

create table secret (
  project slug,
  name text check (name ~ '^[A-Za-z_][A-Za-z0-9_]{0,127}$'),
  sealed bytea not null,
  set_at timestamptz(3) not null,
  primary key (project, name)
);

create table reply (
  actor actor_id,
  key text,
  sealed bytea not null,
  created_at timestamptz(3) not null default now(),
  constraint reply_once primary key (actor, key)
);
