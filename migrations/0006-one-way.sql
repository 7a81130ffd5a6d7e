-- What a release does that no earlier one can live with; null when there is nothing.
alter table release add column one_way json;
create index release_one_way on release (project, digest) where one_way is not null;
