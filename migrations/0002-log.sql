-- The log: what waits for its place, the entries, the tree over them (RFC 6962, in tiles of C2SP tlog-tiles), its signed
-- checkpoints, and sums over the entries so that no metric has to read them all. Only the sequencer writes the last five.

-- Written in the transaction that makes an entry true. The sequencer takes rows only after they have committed, so a gap
-- in the positions or a late commit loses nothing.
create table log_queue (
  position bigint generated always as identity primary key,
  id text not null,
  body text not null,
  leaf_hash bytea not null,
  -- A bundle gives the length of an entry in 16 bits.
  constraint log_queue_size check (octet_length(body) <= 65535),
  constraint log_queue_leaf check (leaf_hash = sha256('\x00'::bytea || convert_to(body, 'UTF8')))
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_cost_delay = 0);

-- The columns between id and body are copies out of the body, for finding entries; the body alone is the record.
create table log_entry (
  index bigint primary key check (index >= 0),
  id text collate "C" not null unique,
  type text collate "C" not null,
  project text collate "C",
  environment text collate "C",
  subject text collate "C" not null,
  actor text collate "C" not null,
  at timestamptz(3) not null,
  body text not null,
  leaf_hash bytea not null
);
create index log_entry_project on log_entry (project, environment, index);
create index log_entry_subject on log_entry (subject, index);
create index log_entry_type on log_entry (type, index);
create trigger log_entry_immutable before update or delete or truncate on log_entry execute function refuse_change();

-- A tile's hashes together with the roots of all complete subtrees over them: see log/stored-tile.ts.
create table log_tile (
  level smallint check (level between 0 and 7),
  index bigint check (index >= 0),
  width smallint not null check (width between 1 and 256),
  nodes bytea storage external not null check (octet_length(nodes) % 32 = 0),
  primary key (level, index)
);
create trigger log_tile_kept before delete or truncate on log_tile execute function refuse_change();

create table log_checkpoint (
  size bigint primary key check (size > 0),
  root bytea not null check (octet_length(root) = 32),
  note text not null,
  at timestamptz(3) not null default now()
);
create trigger log_checkpoint_immutable before update or delete or truncate on log_checkpoint
  execute function refuse_change();

-- How many entries of a kind there are; '' where an entry names no project, environment or outcome.
create table log_tally (
  type text collate "C",
  project text collate "C",
  environment text collate "C",
  outcome text collate "C",
  entries bigint not null,
  primary key (project, type, environment, outcome)
);

-- Deployments by the day and by the month they ended (UTC): see core/dora.ts. The histograms are those of core/histogram.ts.
create table delivery_sum (
  project text collate "C",
  environment text collate "C",
  grain text check (grain in ('day', 'month')),
  start date,
  deployments integer not null,
  succeeded integer not null,
  changes integer not null,
  failed_changes integer not null,
  unplanned integer not null,
  lead_times bytea not null,
  recovery_times bytea not null,
  primary key (project, environment, grain, start)
);

create table delivery_state (
  project text collate "C",
  environment text collate "C",
  state json not null,
  primary key (project, environment)
);
