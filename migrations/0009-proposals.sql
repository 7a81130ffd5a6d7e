-- A configuration that waits for a second person; one per project.

create table proposal (
  project slug primary key,
  digest digest not null,
  configuration json not null,
  replaces digest not null,
  by actor_id not null,
  at timestamptz(3) not null
);
