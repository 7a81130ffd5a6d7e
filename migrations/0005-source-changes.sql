-- What git says changed between the commits of two releases, or why it cannot tell.
create table source_change (
  project slug,
  from_commit text,
  to_commit text,
  files json,
  problem text,
  constraint source_change_pair primary key (project, from_commit, to_commit),
  constraint source_change_answer check (num_nulls(files, problem) = 1)
);
