-- Signed summaries that are put beside the images of releases in their registries; the effect is outside, so each is tried until it is there or given up.
create table attachment (
  promotion identifier not null references promotion,
  image text not null,
  project slug not null,
  release digest not null,
  summary digest not null,
  wanted_at timestamptz(3) not null,
  ended_at timestamptz(3),
  referrer digest,
  problem text not null default '',
  constraint attachment_promotion primary key (promotion, image),
  constraint attachment_summary foreign key (project, release, summary) references attestation (project, release, digest),
  constraint attachment_ended check (referrer is null or ended_at is not null)
);
create index attachment_due on attachment (project, image) where ended_at is null;
create index attachment_of_release on attachment (project, release);
create trigger attachment_final before update on attachment for each row
  when (old.ended_at is not null) execute function refuse_change();
