-- The deployment that was taken down and is still to be ended, so that a lost job is found.
alter table environment add column taking_down boolean not null default false;
