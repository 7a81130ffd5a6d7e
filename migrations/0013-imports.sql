-- Releases that another CI has built: nobody here read their configuration, and an artifact itself may be signed.
alter table release alter column configuration_digest drop not null;
alter table attestation alter column predicate_type drop not null;

-- Which files were handed in for the releases of which project. A digest alone lets nobody have what another project keeps.
create table upload (
  project slug,
  digest digest,
  size_bytes bigint not null check (size_bytes >= 0),
  by actor_id not null,
  at timestamptz(3) not null,
  constraint upload_digest primary key (project, digest)
);
create trigger upload_immutable before update or delete on upload for each row execute function refuse_change();
