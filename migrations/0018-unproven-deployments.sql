-- Deployments that reached their place and were not found healthy there: what was live before is not live then.
create index deployment_unproven on deployment (project, environment, fence desc)
  where outcome <> 'succeeded' and deployed_at is not null;
