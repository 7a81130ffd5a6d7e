-- Which release an environment stays on.

create table pin (
  project slug,
  environment slug,
  release digest not null,
  by actor_id not null,
  reason text not null check (reason <> ''),
  at timestamptz(3) not null,
  constraint pin_environment primary key (project, environment),
  foreign key (project, environment) references environment,
  foreign key (project, release) references release
);
