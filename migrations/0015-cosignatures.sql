-- What witnesses signed about checkpoints (C2SP tlog-cosignature), each as the line that goes below the note.
create table log_cosignature (
  size bigint check (size > 0),
  witness text collate "C",
  line text not null,
  at timestamptz(3) not null default now(),
  primary key (size, witness)
);
create index log_cosignature_witness on log_cosignature (witness, size);
create trigger log_cosignature_immutable before update or delete or truncate on log_cosignature
  execute function refuse_change();
