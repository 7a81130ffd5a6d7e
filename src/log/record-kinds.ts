/** One kind of record: two queries of `subject` and `facts` (jsonb) that must agree, one over the tables and one over the log. */
export interface RecordKind {
  name: string
  recorded: string
  /** Reads `entry`: every entry with its place, type, project, environment, subject, actor, time and data. */
  logged: string
}

/** The newest entry of these types for each key says whether the thing is there now. */
function lastOf(types: string[], key: string[], facts: string, there: string): string {
  const listed = types.map((type) => `'${type}'`).join(', ')
  return `select ${key.map((part) => `coalesce(${part}, '*')`).join(` || '/' || `)} as subject, ${facts} as facts
    from (select distinct on (${key.join(', ')}) * from entry where type in (${listed})
          order by ${key.join(', ')}, place desc) as newest
    where ${there}`
}

const announced = `
  select project || '/' || subject || '/' || (data ->> 'provenance') as subject, at from entry
    where type = 'release.created'
  union all select project || '/' || (data ->> 'release') || '/' || (data ->> 'summary'), at from entry
    where type = 'deploy.completed' and data ->> 'summary' is not null
  union all select project || '/' || (data ->> 'release') || '/' || (data ->> 'receipt'), at from entry
    where type = 'drill.completed' and data ->> 'receipt' is not null
  union all select project || '/' || subject || '/' || bundle, at from entry
    cross join lateral jsonb_array_elements_text(data -> 'bundles') as bundle
    where type in ('release.imported', 'release.attested')`

/** Everything that decides what may be deployed, who may say so, and what was; each with its story in the log. */
export const recordKinds: RecordKind[] = [
  {
    name: 'promotion',
    recorded: `
      select id as subject, jsonb_build_object('project', project, 'environment', environment, 'release', release,
        'class', class, 'requestedBy', requested_by,
        'state', case when finished_at is null then 'open' else state end) as facts
      from promotion`,
    logged: `
      select asked.subject, jsonb_build_object('project', asked.project, 'environment', asked.environment,
        'release', asked.data ->> 'release', 'class', asked.data ->> 'class', 'requestedBy', asked.actor,
        'state', coalesce(ended.state, 'open')) as facts
      from entry as asked left join (
        select subject, coalesce(data ->> 'outcome', split_part(type, '.', 2)) as state from entry
        where type in ('promotion.rejected', 'promotion.cancelled', 'promotion.superseded', 'promotion.expired',
          'deploy.completed')) as ended on ended.subject = asked.subject
      where asked.type = 'promotion.requested'`,
  },
  {
    name: 'approval',
    recorded: `
      select id as subject, jsonb_build_object('promotion', promotion, 'by', by, 'decision', decision, 'binds', binds,
        'reason', reason) as facts
      from approval`,
    logged: `
      select data ->> 'approval' as subject, jsonb_build_object('promotion', subject, 'by', actor,
        'decision', case type when 'approval.granted' then 'approve' else 'reject' end, 'binds', data ->> 'binds',
        'reason', data ->> 'reason') as facts
      from entry where type in ('approval.granted', 'approval.refused')`,
  },
  {
    name: 'verdict',
    // An outcome that stayed the same has no entry of its own: such a row must say what the one before it says.
    recorded: `
      select seen.id as subject, jsonb_build_object('promotion', promotion, 'environment', environment,
        'release', release, 'gate', gate, 'definition', definition ->> 'digest', 'outcome', outcome,
        'says', verdict ->> 'outcome', 'reason', case when said.cut then null else verdict ->> 'reason' end,
        'evidence', evidence_digest, 'sees', sees) as facts
      from (
        select *, 'sha256:' || encode(sha256(convert_to(evidence::text, 'UTF8')), 'hex') as sees,
          lag(definition ->> 'digest' || ' ' || outcome) over (partition by promotion, gate order by at, id) as before
        from evaluation) as seen
      left join (
        select data ->> 'evaluation' as id, data ? 'cut' as cut from entry
        where type in ('gate.passed', 'gate.waiting', 'gate.failed')) as said on said.id = seen.id
      where said.id is not null or outcome <> verdict ->> 'outcome' or sees is distinct from evidence_digest
        or before is distinct from definition ->> 'digest' || ' ' || outcome`,
    logged: `
      select data ->> 'evaluation' as subject, jsonb_build_object('promotion', subject, 'environment', environment,
        'release', data ->> 'release', 'gate', data ->> 'gate', 'definition', data ->> 'definition',
        'outcome', data ->> 'outcome', 'says', data ->> 'outcome',
        'reason', case when data ? 'cut' then null else data ->> 'reason' end,
        'evidence', data ->> 'evidence', 'sees', data ->> 'evidence') as facts
      from entry where type in ('gate.passed', 'gate.waiting', 'gate.failed') and data ? 'evaluation'`,
  },
  {
    name: 'override',
    recorded: `
      select id as subject, jsonb_build_object('promotion', promotion, 'gate', gate, 'by', requested_by,
        'reason', reason, 'risk', risk, 'binds', binds, 'confirmedBy', confirmed_by, 'confirmedBinds', confirmed_binds,
        'withdrawnBy', withdrawn_by, 'used', used_at is not null) as facts
      from override`,
    logged: `
      select asked.data ->> 'override' as subject, jsonb_build_object('promotion', asked.subject,
        'gate', asked.data ->> 'gate', 'by', asked.actor, 'reason', asked.data ->> 'reason',
        'risk', asked.data ->> 'risk', 'binds', asked.data ->> 'binds', 'confirmedBy', given.actor,
        'confirmedBinds', given.data ->> 'binds', 'withdrawnBy', (select actor from entry as ended
          where ended.type = 'override.withdrawn' and ended.data ->> 'override' = asked.data ->> 'override'), 'used', exists (select from entry as used
          where used.type = 'override.used' and used.data ->> 'override' = asked.data ->> 'override')) as facts
      from entry as asked left join entry as given on given.type = 'override.granted'
        and given.data ->> 'override' = asked.data ->> 'override'
      where asked.type = 'override.requested'`,
  },
  {
    name: 'quarantine',
    recorded: `
      select project || '/' || release as subject, jsonb_build_object('by', by, 'reason', reason) as facts
      from quarantine`,
    logged: lastOf(
      ['release.quarantined', 'release.quarantine-lifted'],
      ['project', 'subject'],
      `jsonb_build_object('by', actor, 'reason', data ->> 'reason')`,
      `type = 'release.quarantined'`,
    ),
  },
  {
    name: 'deployment',
    recorded: `
      select promotion || '/' || attempt as subject, jsonb_build_object('environment', environment, 'release', release,
        'class', class, 'fence', fence, 'revision', revision, 'outcome', outcome) as facts
      from deployment`,
    logged: `
      select began.subject || '/' || (began.data ->> 'attempt') as subject,
        jsonb_build_object('environment', began.environment, 'release', began.data ->> 'release',
          'class', began.data ->> 'class', 'fence', began.data -> 'fence', 'revision', began.data -> 'revision',
          'outcome', coalesce(ended.data ->> 'outcome', 'running')) as facts
      from entry as began left join entry as ended on ended.type = 'deploy.completed'
        and ended.subject = began.subject and ended.data -> 'attempt' = began.data -> 'attempt'
      where began.type = 'deploy.started'`,
  },
  {
    name: 'fence',
    recorded: `
      select project || '/' || name as subject, to_jsonb(fence) as facts from environment where fence > 0`,
    logged: `
      select project || '/' || environment as subject, to_jsonb(max((data ->> 'fence')::bigint)) as facts
      from entry where type = 'deploy.started' group by project, environment`,
  },
  {
    name: 'drill',
    recorded: `
      select id as subject, jsonb_build_object('project', project, 'environment', environment, 'release', release,
        'target', target, 'receipt', receipt, 'state', case when finished_at is null then 'open' else state end) as facts
      from drill`,
    logged: `
      select started.subject, jsonb_build_object('project', started.project, 'environment', started.environment,
        'release', started.data ->> 'release', 'target', started.data ->> 'target', 'receipt', ended.data ->> 'receipt',
        'state', coalesce(ended.data ->> 'outcome', 'open')) as facts
      from entry as started
        left join entry as ended on ended.type = 'drill.completed' and ended.subject = started.subject
      where started.type = 'drill.started'`,
  },
  {
    name: 'hold',
    recorded: `
      select project || '/' || name as subject, jsonb_build_object('by', hold_by, 'reason', hold_reason) as facts
      from environment where hold_by is not null`,
    logged: lastOf(
      ['environment.held', 'environment.resumed'],
      ['project', 'environment'],
      `jsonb_build_object('by', coalesce(data ->> 'by', actor), 'reason', data ->> 'reason')`,
      `type = 'environment.held'`,
    ),
  },
  {
    name: 'pin',
    recorded: `
      select project || '/' || environment as subject,
        jsonb_build_object('release', release, 'by', by, 'reason', reason) as facts
      from pin`,
    logged: lastOf(
      ['environment.pinned', 'environment.unpinned'],
      ['project', 'environment'],
      `jsonb_build_object('release', data ->> 'release', 'by', actor, 'reason', data ->> 'reason')`,
      `type = 'environment.pinned'`,
    ),
  },
  {
    name: 'revision',
    recorded: `
      select project || '/' || number as subject, jsonb_build_object('digest', digest, 'by', applied_by) as facts
      from revision`,
    logged: `
      select project || '/' || (data ->> 'number') as subject,
        jsonb_build_object('digest', data ->> 'digest', 'by', actor) as facts
      from entry where type = 'revision.applied'`,
  },
  {
    name: 'proposal',
    recorded: `select project as subject, jsonb_build_object('digest', digest, 'by', by) as facts from proposal`,
    logged: lastOf(
      ['revision.proposed', 'revision.applied'],
      ['project'],
      `jsonb_build_object('digest', data ->> 'digest', 'by', actor)`,
      `type = 'revision.proposed'`,
    ),
  },
  {
    name: 'run',
    recorded: `
      select id as subject, jsonb_build_object('project', project, 'number', number, 'commit', commit,
        'release', release, 'state', case when finished_at is null then 'open' else state end) as facts
      from run`,
    logged: `
      select queued.subject, jsonb_build_object('project', queued.project, 'number', queued.data -> 'number',
        'commit', queued.data -> 'source' ->> 'commit', 'release', ended.data ->> 'release',
        'state', coalesce(ended.data ->> 'outcome', 'open')) as facts
      from entry as queued left join entry as ended on ended.type = 'run.completed' and ended.subject = queued.subject
      where queued.type = 'run.queued'`,
  },
  {
    name: 'release',
    recorded: `
      select project || '/' || digest as subject, jsonb_build_object('version', version, 'artifacts', artifacts::jsonb,
        'source', jsonb_build_object('repository', repository, 'commit', commit, 'branch', branch),
        'oneWay', coalesce(one_way::jsonb, '[]')) as facts
      from release`,
    logged: `
      select project || '/' || subject as subject, jsonb_build_object('version', data ->> 'version',
        'artifacts', data -> 'artifacts', 'source', data -> 'source',
        'oneWay', coalesce(data -> 'oneWay', '[]')) as facts
      from entry where type in ('release.created', 'release.imported')`,
  },
  {
    name: 'attachment',
    recorded: `
      select promotion || '/' || image as subject,
        jsonb_build_object('release', release, 'summary', summary, 'referrer', referrer) as facts
      from attachment where ended_at is not null`,
    logged: `
      select subject || '/' || (data ->> 'image') as subject, jsonb_build_object('release', data ->> 'release',
        'summary', data ->> 'summary', 'referrer', data ->> 'referrer') as facts
      from entry where type in ('summary.attached', 'summary.given-up')`,
  },
  {
    name: 'report',
    recorded: `
      select id as subject, jsonb_build_object('project', project, 'release', release, 'format', format, 'job', job,
        'run', run, 'path', path, 'digest', digest, 'receipt', receipt, 'by', by) as facts
      from report`,
    logged: `
      select data ->> 'report' as subject, jsonb_build_object('project', project, 'release', subject,
        'format', data ->> 'format', 'job', data ->> 'job', 'run', data ->> 'run', 'path', data ->> 'path',
        'digest', data ->> 'digest', 'receipt', data ->> 'receipt', 'by', actor) as facts
      from entry where type = 'evidence.added'`,
  },
  {
    name: 'attestation',
    // What nobody has announced is believed by its signature or not at all. What was announced must not be gone, and came
    // in then and not before: what a key that was revoked or replaced has signed counts by that.
    recorded: `
      select subject, to_jsonb(created_at) as facts from (select distinct subject from (${announced}) as each) as announced
      join attestation on subject = project || '/' || release || '/' || digest`,
    logged: `select subject, to_jsonb(min(at)) as facts from (${announced}) as announced group by subject`,
  },
  {
    name: 'member',
    recorded: `
      select id as subject, jsonb_build_object('kind', kind, 'name', name, 'disabled', disabled, 'emails',
        (select coalesce(jsonb_agg(email order by position), '[]') from member_email where member = id)) as facts
      from member`,
    logged: `
      select subject, jsonb_build_object('kind', data ->> 'kind', 'name', data ->> 'name', 'emails', data -> 'emails',
        'disabled', exists (select from entry as ended where ended.type = 'member.disabled'
          and ended.subject = newest.subject and ended.place > newest.place)) as facts
      from (select distinct on (subject) * from entry where type in ('member.added', 'member.changed')
            order by subject, place desc) as newest`,
  },
  {
    name: 'grant',
    recorded: `
      select actor || '/' || role || '/' || coalesce(project, '*') || '/' || coalesce(environment, '*') as subject,
        'true'::jsonb as facts
      from role_grant`,
    logged: lastOf(
      ['grant.added', 'grant.removed'],
      ['subject', `(data ->> 'role')`, 'project', 'environment'],
      `'true'::jsonb`,
      `type = 'grant.added'`,
    ),
  },
  {
    name: 'membership',
    recorded: `select project || '/' || name || '/' || member as subject, 'true'::jsonb as facts from group_member`,
    logged: lastOf(
      ['group.joined', 'group.left'],
      ['project', `(data ->> 'group')`, 'subject'],
      `'true'::jsonb`,
      `type = 'group.joined'`,
    ),
  },
  {
    name: 'token',
    recorded: `
      select id as subject, jsonb_build_object('owner', owner, 'scope', scope::jsonb, 'expiresAt', expires_at,
        'revoked', revoked_at is not null) as facts
      from token`,
    logged: `
      select subject, jsonb_build_object('owner', data ->> 'owner', 'scope', data -> 'scope',
        'expiresAt', (data ->> 'expiresAt')::timestamptz(3), 'revoked', exists (
          select from entry as ended where ended.type = 'token.revoked' and ended.subject = made.subject)) as facts
      from entry as made where type = 'token.created'`,
  },
  {
    name: 'key',
    recorded: `
      select id as subject, jsonb_build_object('purpose', purpose, 'publicKey', public_key,
        'identity', identity ->> 'identity', 'issuer', identity ->> 'issuer', 'validUntil', valid_until,
        'revoked', revoked_at is not null, 'revokedFrom', revoked_from) as facts
      from trusted_key`,
    logged: `
      select subject, jsonb_build_object('purpose', data ->> 'purpose', 'publicKey', data ->> 'publicKey',
        'identity', data ->> 'identity', 'issuer', data ->> 'issuer',
        'validUntil', (select (retired.data ->> 'validUntil')::timestamptz(3) from entry as retired
          where retired.type = 'key.retired' and retired.subject = made.subject order by place desc limit 1),
        'revoked', exists (select from entry as ended where ended.type = 'key.revoked' and ended.subject = made.subject),
        'revokedFrom', (select (ended.data ->> 'from')::timestamptz(3) from entry as ended
          where ended.type = 'key.revoked' and ended.subject = made.subject)) as facts
      from entry as made where type = 'key.created'`,
  },
  {
    name: 'secret',
    recorded: `select project || '/' || name as subject, 'true'::jsonb as facts from secret`,
    logged: lastOf(['secret.set', 'secret.removed'], ['project', 'subject'], `'true'::jsonb`, `type = 'secret.set'`),
  },
]
