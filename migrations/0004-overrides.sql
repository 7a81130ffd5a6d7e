-- Who let a promotion past a gate, and which releases must not run.

create table override (
  id identifier primary key,
  project slug not null,
  promotion identifier not null references promotion,
  environment slug not null,
  release digest not null,
  gate slug not null,
  definition digest not null,
  reason text not null check (reason <> ''),
  risk text not null check (risk <> ''),
  requested_by actor_id not null,
  requested_at timestamptz(3) not null,
  binds digest not null,
  confirmed_by actor_id,
  confirmed_at timestamptz(3),
  confirmed_binds digest,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3),
  constraint override_confirmation check (num_nulls(confirmed_by, confirmed_at, confirmed_binds) in (0, 3)),
  constraint override_by_two check (confirmed_by <> requested_by),
  constraint override_used check (used_at is null or confirmed_by is not null)
);
create index override_newest on override (project, requested_at desc, id desc);
create index override_promotion on override (promotion);

-- It is confirmed once and used once; nothing else of it ever changes.
create function refuse_other_override() returns trigger language plpgsql as $$
begin
  if (to_jsonb(new) - '{confirmed_by,confirmed_at,confirmed_binds,used_at}'::text[])
      is distinct from (to_jsonb(old) - '{confirmed_by,confirmed_at,confirmed_binds,used_at}'::text[])
    or (old.confirmed_by is not null and (new.confirmed_by, new.confirmed_at, new.confirmed_binds)
      is distinct from (old.confirmed_by, old.confirmed_at, old.confirmed_binds))
    or (old.used_at is not null and new.used_at is distinct from old.used_at) then
    raise exception 'override % cannot be changed like this', old.id
      using errcode = 'restrict_violation', constraint = 'override_once';
  end if;
  return new;
end $$;
create trigger override_final before update on override for each row execute function refuse_other_override();
create trigger override_kept before delete on override for each row execute function refuse_change();

create table quarantine (
  project slug,
  release digest,
  by actor_id not null,
  reason text not null check (reason <> ''),
  at timestamptz(3) not null,
  constraint quarantine_release primary key (project, release),
  foreign key (project, release) references release
);
