-- Who gave an override can take it back.

alter table override add column withdrawn_by actor_id, add column withdrawn_at timestamptz(3), add column withdrawn_for text;
alter table override add constraint override_withdrawal check (num_nulls(withdrawn_by, withdrawn_at, withdrawn_for) in (0, 3));
alter table override add constraint override_end check (withdrawn_at is null or used_at is null);

-- It is confirmed, used or withdrawn, each once; nothing else of it ever changes.
create or replace function refuse_other_override() returns trigger language plpgsql as $$
declare
  later text[] := '{confirmed_by,confirmed_at,confirmed_binds,used_at,withdrawn_by,withdrawn_at,withdrawn_for}';
begin
  if (to_jsonb(new) - later) is distinct from (to_jsonb(old) - later)
    or (old.confirmed_by is not null and (new.confirmed_by, new.confirmed_at, new.confirmed_binds)
      is distinct from (old.confirmed_by, old.confirmed_at, old.confirmed_binds))
    or (old.withdrawn_by is not null and (new.withdrawn_by, new.withdrawn_at, new.withdrawn_for)
      is distinct from (old.withdrawn_by, old.withdrawn_at, old.withdrawn_for))
    or (old.used_at is not null and new.used_at is distinct from old.used_at) then
    raise exception 'override % cannot be changed like this', old.id
      using errcode = 'restrict_violation', constraint = 'override_once';
  end if;
  return new;
end $$;
