-- A key that another one has replaced, one that is revoked only for what came in from some moment on, and identities that sign with certificates.
alter table trusted_key alter column public_key drop not null;
alter table trusted_key add column identity json;
alter table trusted_key add column valid_until timestamptz(3);
alter table trusted_key add column revoked_from timestamptz(3);
alter table trusted_key add constraint trusted_key_material check ((public_key is null) <> (identity is null));
alter table trusted_key add constraint trusted_key_revoked check (revoked_from is null or revoked_at is not null);
