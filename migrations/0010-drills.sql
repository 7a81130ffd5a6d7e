-- Rollbacks for practice: back to an earlier release and forth again.
create table drill (
  id identifier constraint drill_id primary key,
  project slug not null,
  environment slug not null,
  state text not null check (state in ('running', 'succeeded', 'failed')),
  reason text not null,
  release digest not null,
  target digest not null,
  back identifier not null constraint drill_back unique references promotion,
  forth identifier constraint drill_forth unique references promotion,
  requested_by actor_id not null,
  request_reason text not null,
  started_at timestamptz(3) not null,
  finished_at timestamptz(3),
  receipt digest,
  constraint drill_environment foreign key (project, environment) references environment,
  constraint drill_release foreign key (project, release) references release,
  constraint drill_target foreign key (project, target) references release,
  constraint drill_finished check ((finished_at is null) = (state = 'running')),
  constraint drill_proven check ((receipt is not null) = (state = 'succeeded'))
);
create unique index drill_running on drill (project, environment) where state = 'running';
create index drill_newest on drill (project, environment, started_at desc, id desc);
create trigger drill_final before update on drill for each row
  when (old.state <> 'running') execute function refuse_change();
