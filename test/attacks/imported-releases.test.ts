import { expect, test } from 'vitest'
import { digestOf } from '../../src/core/digest.ts'
import { opened } from '../rig/opened.ts'
import { githubProvenance, otherCi, type BuildChange } from '../rig/other-ci.ts'
import { startServer } from '../rig/server.ts'

const rig = await opened(startServer())
const admin = rig.clientOf(rig.adminToken)
const [ci, otherOne] = [otherCi(), otherCi()]

async function apply(change: { first?: object; policy?: object; signature?: object } = {}) {
  const [first] = ci.trust({ signer: change.first ?? {} }).signers
  const trust = { ...ci.trust(), signers: [first, ...otherOne.trust().signers], ...change.policy }
  const gates = [{ use: 'provenance', trust }, ...(change.signature ? [{ use: 'signature', ...change.signature }] : [])]
  const text = JSON.stringify({ project: 'shop', environments: { prod: { gates, deploy: { use: 'target' } } } })
  await admin.applyRevision({ project: 'shop', text })
}

/** A release of that one file, brought in with a provenance by that CI. */
async function bringIn(text: string, { by = ci, ...change }: BuildChange & { by?: typeof ci } = {}) {
  const digest = digestOf(text)
  const body = { method: 'POST', body: text }
  const headers = { authorization: `Bearer ${rig.adminToken}`, 'content-type': 'application/octet-stream' }
  const sent = await fetch(`${rig.url}/api/v1/projects/shop/uploads/${digest}`, { ...body, headers })
  expect(sent.status).toBe(200)
  const artifacts = [{ name: 'app', digest }]
  const bundles = [JSON.stringify(by.attest(githubProvenance(artifacts, change)))]
  return admin.importRelease({ project: 'shop', artifacts, bundles })
}

async function promote({ digest }: { digest: `sha256:${string}` }) {
  const { id } = await admin.requestPromotion({ project: 'shop', environment: 'prod', release: digest })
  await rig.drain()
  return { ...(await rig.promotion(id)), why: await admin.explainPromotion({ project: 'shop', id }) }
}

test('A12 A13 whatever is wrong with a build, it waits with the reason, and nothing starts', async () => {
  await apply()
  const wrong: [string, BuildChange & { by?: typeof ci }][] = [
    ['provenance.builder', { builder: 'https://github.com/actions/runner/self-hosted' }],
    ['provenance.builder', { buildType: 'https://example.com/other/v1' }],
    ['provenance.source', { workflow: { repository: 'https://github.com/fork/shop' } }],
    ['provenance.source', { workflow: { ref: 'refs/heads/main2' } }],
    ['provenance.source', { repositoryId: '43' }],
    ['provenance.parameters', { parameters: { inputs: { debug: 'true' } } }],
    ['signature.key-unknown', { by: otherCi() }],
  ]
  for (const [reason, change] of wrong) {
    const release = await bringIn(`wrong ${reason} ${JSON.stringify(change.workflow ?? change.builder ?? '')}`, change)
    const { state, why } = await promote(release)
    expect({ reason, state }).toEqual({ reason, state: 'waiting' })
    expect(why.unmet[0]?.reason).toContain(`app: ${reason}: `)
  }
  expect((await rig.logged()).map(({ type }) => type)).not.toContain('deploy.started')
})

test('A03 A30 a bundle that was changed where it is stored proves nothing, and is not remembered as what it was', async () => {
  await apply()
  const release = await bringIn('stored')
  expect(await promote(release)).toMatchObject({ state: 'succeeded' })
  const forged = otherCi().attest(githubProvenance([{ name: 'app', digest: digestOf('stored') }]))
  const renamed = { ...forged, verificationMaterial: { publicKey: { hint: ci.id } } }
  const sql = 'update attestation set bundle = $1 where release = $2'
  await rig.pool.query('alter table attestation disable trigger all')
  await rig.pool.query(sql, [JSON.stringify(renamed), release.digest])
  await rig.pool.query('alter table attestation enable trigger all')
  const { state, why } = await promote(release)
  expect(state).toBe('waiting')
  expect(why.unmet[0]?.reason).toContain('signature.invalid')
})

test('A36 a rollback to what was signed with a key that was revoked since is held by that, and another is not', async () => {
  await apply()
  const [old, fine, newest] = [await bringIn('v1'), await bringIn('v2', { by: otherOne }), await bringIn('v3')]
  for (const release of [old, fine, newest]) expect(await promote(release)).toMatchObject({ state: 'succeeded' })
  await apply({ first: { 'revoked-at': '2026-11-20T00:00:00Z' } })
  const back = async ({ digest }: typeof old) => {
    const asked = { project: 'shop', environment: 'prod', to: digest, reason: 'v3 is bad' }
    const { id } = await admin.requestRollback(asked)
    await rig.drain()
    return rig.promotion(id)
  }
  const refused = await back(old)
  expect(refused).toMatchObject({ class: 'rollback', state: 'waiting' })
  const { unmet } = await admin.explainPromotion({ project: 'shop', id: refused.id })
  expect(unmet[0]?.reason).toContain('app: key.revoked: ')
  await admin.cancelPromotion({ project: 'shop', id: refused.id, reason: 'its key is gone' })
  expect(await back(fine)).toMatchObject({ state: 'succeeded' })
  await admin.resumeEnvironment({ project: 'shop', environment: 'prod', reason: 'seen to' })
})

test('A36 a rollback to what was signed by one whom the policy names no longer is held by that', async () => {
  await apply()
  const [old, newest] = [await bringIn('w1'), await bringIn('w2', { by: otherOne })]
  for (const release of [old, newest]) expect(await promote(release)).toMatchObject({ state: 'succeeded' })
  await apply({ policy: { signers: otherOne.trust().signers } })
  const { id } = await admin.requestRollback({
    project: 'shop',
    environment: 'prod',
    to: old.digest,
    reason: 'w2 is bad',
  })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ class: 'rollback', state: 'waiting' })
  const { unmet } = await admin.explainPromotion({ project: 'shop', id })
  expect(unmet[0]?.reason).toContain('app: signature.key-unknown: ')
  await admin.cancelPromotion({ project: 'shop', id, reason: 'nobody vouches for it' })
  expect(await rig.promotion(id)).toMatchObject({ state: 'cancelled' })
})
