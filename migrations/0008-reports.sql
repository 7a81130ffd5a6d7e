-- Reports about releases, those of their own jobs and those handed in. A newer one of the same format, job and path takes
-- the place of an older one, which stays.

create table report (
  id identifier constraint report_id primary key,
  project slug not null,
  release digest not null,
  format slug not null,
  job slug,
  run identifier references run,
  path text not null check (path <> ''),
  digest digest not null,
  results json not null,
  by actor_id not null,
  at timestamptz(3) not null,
  receipt digest not null,
  foreign key (project, release, receipt) references attestation,
  constraint report_maker check ((job is null) = (run is null))
);
create index report_newest on report (project, release, at desc, id desc);
create trigger report_immutable before update or delete on report for each row execute function refuse_change();
