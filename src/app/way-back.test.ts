import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import { provenanceType } from '../core/provenance.ts'
import type { Release } from '../core/release.ts'
import { explainPromotion } from './explain-promotion.ts'
import { requestPromotion } from './request-promotion.ts'
import { requestRollback } from './request-rollback.ts'

const configuration = `
project: shop
environments:
  dev:
    deploy: { use: target }
    verify: [{ use: answer, of: it }]
    on-failure: rollback
  prod:
    deploy: { use: target }
    gates: [{ use: reversible, acknowledged: [{ change: split-names, owner: ana, reason: agreed }] }]
`
const drop = { id: 'drop-orders', reason: 'the old orders are gone', instead: 'restore the backup' }

const shop = await opened(startApp(configuration))

async function promote(release: Release, environment: string) {
  const request = { project: 'shop', environment, release: release.digest, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(shop.app, shop.admin, request)
  await shop.drain()
  return shop.promotion(id)
}

const rollBack = (environment: string, to?: Release) =>
  requestRollback(shop.app, shop.admin, { project: 'shop', environment, reason: 'back', ...(to && { to: to.digest }) })

test('a one-way change is part of the release, its log entry and its signed provenance', async () => {
  const commit = 'd'.repeat(40)
  const release = await shop.build({ bytes: 'same', commit, oneWay: [drop] })
  expect(release.oneWay).toEqual([drop])
  const created = (await shop.entries()).find(
    ({ type, subject }) => type === 'release.created' && subject === release.digest,
  )
  expect(created?.data['oneWay']).toEqual([drop])
  const attestations = await shop.app.store.read((tx) => tx.attestations.of('shop', release.digest))
  const attestation = attestations.find(({ predicateType }) => predicateType === provenanceType)
  const statement = JSON.parse(Buffer.from(attestation!.bundle.dsseEnvelope!.payload, 'base64').toString())
  expect(statement.predicate.buildDefinition.externalParameters.pipeline.release).toEqual({ 'one-way': [drop] })
  expect((await shop.build({ bytes: 'same', commit })).digest).not.toBe(release.digest)
  await expect(shop.pool.query(`update release set one_way = null`)).rejects.toThrow('cannot be changed')
})

test('a rollback across a one-way change is refused before it starts, with the reason and what to do instead', async () => {
  const [before, change, after] = [await shop.build(), await shop.build({ oneWay: [drop] }), await shop.build()]
  for (const release of [before, change, after])
    expect(await promote(release, 'dev')).toMatchObject({ state: 'succeeded' })
  await expect(rollBack('dev', before)).rejects.toMatchObject({
    code: 'unprocessable',
    reason: 'one_way_change',
    message: `${before.version} cannot come back to dev across a one-way change: drop-orders by ${change.version} (the old orders are gone). Instead: restore the backup; or ship a release that mends it`,
  })
  const promotion = await rollBack('dev')
  await shop.drain()
  expect(await shop.promotion(promotion.id)).toMatchObject({ state: 'succeeded', release: change.digest })
})

test('automation does not go back across a one-way change: it holds the environment and says why', async () => {
  await shop.app.store.transaction(async (tx) => {
    await tx.environments.save({ ...(await tx.environments.lock('shop', 'dev')), hold: null })
  })
  const good = await shop.build()
  await promote(good, 'dev')
  const bad = await shop.build({ oneWay: [{ id: 'other', reason: 'a column is gone' }] })
  shop.answers.set(bad.digest, false)
  expect(await promote(bad, 'dev')).toMatchObject({ state: 'failed' })
  const { hold, active } = await shop.app.store.read((tx) => tx.environments.get('shop', 'dev'))
  expect(active).toBe(null)
  expect(hold?.reason).toContain(`${good.version} cannot come back to dev across a one-way change: other`)
  const rollbacks = await shop.app.store.read((tx) =>
    tx.promotions.list({ project: 'shop', environment: 'dev', limit: 50 }),
  )
  expect(rollbacks.filter((one) => one.class === 'rollback' && one.release === good.digest)).toEqual([])
})

test('a rollback that waited while a one-way change was deployed does not start, and says why', async () => {
  const [before, change] = [await shop.build(), await shop.build({ oneWay: [{ id: 'third', reason: 'gone' }] })]
  await promote(before, 'prod')
  await shop.app.store.transaction(async (tx) => {
    // As if the change was acknowledged: it is the deployment that matters.
    const environment = await tx.environments.lock('shop', 'prod')
    await tx.environments.save({ ...environment, fence: environment.fence + 1 })
  })
  const { id } = await rollBack('prod', before)
  await shop.pool.query(
    `insert into deployment select p.id, 9, p.project, p.environment, $1, 'standard', 1, 9, 'failed', '', null, '{}', null,
      p.requested_by, now(), null, now(), null from promotion p where id = $2`,
    [change.digest, id],
  )
  await shop.drain()
  const why = await explainPromotion(shop.app, shop.admin, { project: 'shop', id })
  expect(why).toMatchObject({
    next: 'wait',
    unmet: [{ id: 'reversible', outcome: 'fail', unblock: 'ship a release that mends it' }],
  })
  expect(why.unmet[0]?.reason).toContain('third by')
})

test('a release that makes a one-way change waits for an acknowledgement where the environment wants one', async () => {
  const split = { id: 'split-names', reason: 'names are two columns' }
  const blocked = await promote(await shop.build({ oneWay: [drop, split] }), 'prod')
  expect(blocked).toMatchObject({
    state: 'waiting',
    unmet: [
      { id: 'reversible', outcome: 'fail', reason: 'there is no way back from drop-orders (the old orders are gone)' },
    ],
  })
})
