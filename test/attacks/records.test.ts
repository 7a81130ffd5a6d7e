import { afterAll, beforeAll, expect, test } from 'vitest'
import { addGrant } from '../../src/app/add-grant.ts'
import { answerPromotion } from '../../src/app/answer-promotion.ts'
import { createToken } from '../../src/app/create-token.ts'
import { disableMember } from '../../src/app/disable-member.ts'
import { holdEnvironment, resumeEnvironment } from '../../src/app/hold-environment.ts'
import { joinGroup } from '../../src/app/join-group.ts'
import { leaveGroup } from '../../src/app/leave-group.ts'
import { removeGrant } from '../../src/app/remove-grant.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { revokeToken } from '../../src/app/revoke-token.ts'
import { saveMember } from '../../src/app/save-member.ts'
import { removeSecret } from '../../src/app/remove-secret.ts'
import { setSecret } from '../../src/app/set-secret.ts'
import { reconcile } from '../../src/log/reconcile.ts'
import { startApp } from '../rig/app.ts'

const project = 'shop'
const configuration = `
project: shop
environments:
  dev: { deploy: { use: target } }
  prod:
    deploy: { use: target }
    gates: [{ use: approval, count: 1 }]
`

let rig: Awaited<ReturnType<typeof startApp>>
/** What the rig itself put into the tables without a word in the log. */
let unlogged: Set<string>
beforeAll(async () => {
  rig = await startApp(configuration)
  const { app, admin } = rig
  const [good, bad] = [await rig.build(), await rig.build()]
  rig.target.broken.add(bad.digest)
  unlogged = new Set((await reconcile(rig.pool)).map(nameOf))

  await saveMember(app, admin, { subject: 'bob', kind: 'human', name: 'Bob', emails: ['bob@example.org', 'b@x.org'] })
  await saveMember(app, admin, { subject: 'bot', kind: 'machine', name: 'Bot', emails: [] })
  await saveMember(app, admin, { subject: 'eve', kind: 'human', name: 'Eve', emails: [] })
  await disableMember(app, admin, { actor: 'eve@local' })
  const approver = { actor: 'bob@local', role: 'approver', project, environment: null } as const
  const viewer = { actor: 'bot@local', role: 'viewer', project: null, environment: null } as const
  for (const grant of [approver, viewer]) await addGrant(app, admin, grant)
  await removeGrant(app, admin, viewer)
  for (const actor of ['bob@local', 'bot@local']) await joinGroup(app, admin, { project, group: 'releasers', actor })
  await leaveGroup(app, admin, { project, group: 'releasers', actor: 'bot@local' })
  const token = { label: 'ci', expiresAfter: '1h' }
  await createToken(app, admin, { ...token, owner: 'bob@local', project, permissions: ['project.read'] })
  const { token: dead } = await createToken(app, admin, { ...token, owner: 'bot@local' })
  await revokeToken(app, admin, { id: dead.id })
  for (const name of ['KEPT', 'GONE']) await setSecret(app, admin, { project, name, value: 'correct-horse' })
  await removeSecret(app, admin, { project, name: 'GONE' })

  const bob = { id: 'bob@local', kind: 'human', name: 'Bob' } as const
  const ask = async (release: string, environment: string) => {
    const asked = { project, release, environment, class: 'standard' as const, reason: '' }
    const { id } = await requestPromotion(app, admin, asked)
    await rig.drain()
    return id
  }
  await ask(good.digest, 'dev')
  await ask(bad.digest, 'dev')
  const approved = await ask(good.digest, 'prod')
  await answerPromotion(app, bob, { project, id: approved, decision: 'approve', reason: 'fine' })
  await rig.drain()
  await ask(bad.digest, 'prod')
  const hold = { project, environment: 'prod', reason: 'a test' }
  await holdEnvironment(app, admin, hold)
  await resumeEnvironment(app, admin, hold)
  await holdEnvironment(app, admin, { ...hold, reason: 'again' })
})
afterAll(() => rig.stop())

function nameOf({ kind, subject }: { kind: string; subject: string }): string {
  return `${kind} ${subject}`
}

const isNew = (name: string) => !unlogged.has(name)

test('records that nobody touched agree with the log', async () => {
  expect((await reconcile(rig.pool)).map(nameOf).filter(isNew)).toEqual([])
})

test.each([
  [
    'a release swapped under a promotion',
    /^promotion /,
    `update promotion set release = (select max(digest) from release where digest <> promotion.release) where state = 'waiting'`,
  ],
  [
    'a promotion asked by someone else',
    /^promotion /,
    `update promotion set requested_by = 'nobody@local' where state = 'waiting'`,
  ],
  ['a failed promotion made good', /^promotion /, `update promotion set state = 'succeeded' where state = 'failed'`],
  ['a promotion removed', /^promotion /, `delete from promotion where state = 'waiting'`],
  [
    'a promotion nobody asked for',
    /^promotion forged$/,
    `insert into promotion select 'forged', project, environment, release, 'drill', state, reason, request_reason, requested_by, requested_at, expires_at, attempt, unmet, recheck_at, finished_at, version from promotion where state = 'waiting'`,
  ],
  [
    'a forged approval',
    /^approval forged$/,
    `insert into approval select 'forged', project, promotion, 'eve@local', decision, reason, binds, at, expires_at from approval`,
  ],
  ['an approval of someone else', /^approval /, `update approval set by = 'eve@local'`],
  ['a rejection made an approval, or the other way round', /^approval /, `update approval set decision = 'reject'`],
  [
    'an approval bound to something else',
    /^approval /,
    `update approval set binds = (select max(digest) from release)`,
  ],
  [
    'a gate that waits made to pass',
    /^verdict /,
    `update evaluation set outcome = 'pass', verdict = replace(verdict::text, '"wait"', '"pass"')::json where outcome = 'wait'`,
  ],
  [
    'a verdict found under another outcome',
    /^verdict /,
    `update evaluation set outcome = 'fail' where outcome = 'wait'`,
  ],
  [
    'another reason of a verdict',
    /^verdict /,
    `update evaluation set verdict = replace(verdict::text, '"reason":"', '"reason":"not ')::json`,
  ],
  ['other evidence of a verdict', /^verdict /, `update evaluation set evidence = '{}' where evidence is not null`],
  ['a verdict of another release', /^verdict /, `update evaluation set release = (select max(digest) from release)`],
  ['a verdict removed', /^verdict /, `delete from evaluation where outcome = 'wait'`],
  [
    'a verdict that no gate gave',
    /^verdict forged$/,
    `insert into evaluation select 'forged', promotion, release, environment, gate, definition, evidence, evidence_digest, 'fail', replace(verdict::text, '"wait"', '"fail"')::json, now() + interval '1 day' from evaluation where outcome = 'wait' limit 1`,
  ],
  [
    'a failed deployment made good',
    /^deployment /,
    `update deployment set outcome = 'succeeded' where outcome = 'failed'`,
  ],
  [
    'another release deployed',
    /^deployment /,
    `update deployment set release = (select max(digest) from release where digest <> deployment.release) where fence = 1 and environment = 'prod'`,
  ],
  ['a fence put back', /^fence shop\/prod$/, `update environment set fence = 0 where name = 'prod'`],
  ['a hold lifted', /^hold shop\/prod$/, `update environment set hold_by = null, hold_reason = null, hold_at = null`],
  [
    'a hold that nobody put there',
    /^hold shop\/dev$/,
    `update environment set hold_by = 'x@local', hold_reason = 'x', hold_at = now() where name = 'dev'`,
  ],
  [
    'a gate taken out of the policy',
    /^revision shop\/1$/,
    `update revision set configuration = replace(configuration::text, '"count":1', '"count":0')::json`,
  ],
  [
    'a policy that nobody applied',
    /^revision shop\/2$/,
    `insert into revision select project, 2, digest, configuration, applied_by, applied_at from revision`,
  ],
  [
    'other artifacts in a release',
    /^release shop\//,
    `update release set artifacts = '[]' where digest = (select max(digest) from release)`,
  ],
  ['another commit of a release', /^release shop\//, `update release set commit = repeat('a', 40)`],
  [
    'a signed summary removed',
    /^attestation shop\/sha256:/,
    `delete from attestation where predicate_type = 'https://slsa.dev/verification_summary/v1'`,
  ],
  [
    'a provenance removed',
    /^attestation shop\/sha256:/,
    `delete from attestation where predicate_type = 'https://slsa.dev/provenance/v1'`,
  ],
  [
    'a statement said to have come in before its key was revoked',
    /^attestation shop\/sha256:/,
    `update attestation set created_at = created_at - interval '1 day'`,
  ],
  ['a disabled member enabled', /^member eve@local$/, `update member set disabled = false`],
  ['a machine made a person', /^member bot@local$/, `update member set kind = 'human' where id = 'bot@local'`],
  ['an address taken from an author', /^member bob@local$/, `delete from member_email where email = 'b@x.org'`],
  [
    'a role that nobody gave',
    /^grant eve@local\/admin\/\*\/\*$/,
    `insert into role_grant values ('eve@local', 'admin', null, null)`,
  ],
  [
    'a role that was taken back',
    /^grant bot@local\/viewer\/\*\/\*$/,
    `insert into role_grant values ('bot@local', 'viewer', null, null)`,
  ],
  ['a role removed', /^grant bob@local\/approver\/shop\/\*$/, `delete from role_grant where actor = 'bob@local'`],
  [
    'a role made wider',
    /^grant bob@local\/approver\/\*\/\*$/,
    `update role_grant set project = null where actor = 'bob@local'`,
  ],
  [
    'someone slipped into a group',
    /^membership shop\/releasers\/eve@local$/,
    `insert into group_member values ('shop', 'releasers', 'eve@local')`,
  ],
  [
    'someone left in a group',
    /^membership shop\/releasers\/bot@local$/,
    `insert into group_member values ('shop', 'releasers', 'bot@local')`,
  ],
  ['a token of someone else', /^token /, `update token set owner = 'admin@local' where scope::text <> '{}'`],
  ['a token made wider', /^token /, `update token set scope = '{}' where scope::text <> '{}'`],
  ['a token that lives longer', /^token /, `update token set expires_at = expires_at + interval '1 year'`],
  ['a revoked token alive again', /^token /, `update token set revoked_at = null`],
  [
    'a token that nobody made',
    /^token forged$/,
    `insert into token select 'forged', 'sha256:' || repeat('0', 64), owner, label, scope, created_at, expires_at, null from token limit 1`,
  ],
  ['a secret removed', /^secret shop\/KEPT$/, `delete from secret`],
])('A30 %s, without a word in the log, is found and named', async (_, name, statement) => {
  const client = await rig.pool.connect()
  try {
    await client.query('begin; set local session_replication_role = replica')
    const { rowCount } = await client.query(statement)
    expect(rowCount).toBeGreaterThan(0)
    const found = (await reconcile(client)).filter((one) => isNew(nameOf(one)))
    expect(found.map(nameOf)).toContainEqual(expect.stringMatching(name))
    expect(found.every(({ recorded, logged }) => JSON.stringify(recorded) !== JSON.stringify(logged))).toBe(true)
  } finally {
    await client.query('rollback')
    client.release()
  }
})
