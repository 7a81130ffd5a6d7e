import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from './rig/server.ts'

let rig: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  rig = await startServer()
})
afterAll(() => rig.stop())

test('over HTTP two people override a gate, and everyone can read what they said', async () => {
  const [olga, paul, vera] = await Promise.all([
    rig.login('olga', ['operator']),
    rig.login('paul', ['operator']),
    rig.login('vera', ['viewer']),
  ])
  const client = rig.clientOf(olga.token)
  const release = await rig.build()
  await rig.drain()
  const asked = {
    project: 'shop',
    environment: 'prod',
    release: release.version,
    class: 'standard',
    reason: '',
  } as const
  const { id } = await client.requestPromotion(asked)
  await rig.drain()
  const words = { gate: 'approval', reason: 'everyone is asleep', risk: 'nobody has looked at it' }
  const override = await client.requestOverride({ project: 'shop', id, ...words })
  expect(override).toMatchObject({ state: 'unconfirmed', requestedBy: 'olga@local' })
  await expect(client.confirmOverride({ project: 'shop', override: override.id })).rejects.toMatchObject({
    reason: 'self_override',
  })
  const others = rig.clientOf(paul.token)
  const confirmed = await others.confirmOverride({ project: 'shop', override: override.id })
  expect(confirmed).toMatchObject({ state: 'in-force', confirmation: { by: 'paul@local' } })

  const reader = rig.clientOf(vera.token)
  const why = await reader.explainPromotion({ project: 'shop', id })
  expect(why.overrides).toMatchObject([{ id: override.id, state: 'in-force', ...words }])
  expect(why.unmet.map((each) => each.id)).not.toContain('approval')
  const { items } = await reader.listOverrides({ project: 'shop' })
  expect(items).toMatchObject([{ id: override.id, releaseVersion: release.version }])
})

test('over HTTP a release is quarantined, shown so everywhere, and let go again', async () => {
  const client = rig.clientOf(rig.adminToken)
  const release = await rig.build()
  await rig.drain()
  const which = { project: 'shop', release: release.version }
  const told = await client.quarantineRelease({ ...which, reason: 'loses orders' })
  expect(told).toMatchObject({ version: release.version, liveIn: ['dev'], quarantine: { by: 'admin@local' } })
  expect((await client.getRelease(which)).quarantine).toMatchObject({ reason: 'loses orders' })
  expect((await client.getStatus({ project: 'shop' })).quarantined).toMatchObject([{ version: release.version }])
  await expect(
    client.requestRollback({ project: 'shop', environment: 'dev', to: release.version, reason: 'back' }),
  ).rejects.toMatchObject({ reason: 'quarantined' })
  await client.liftQuarantine({ ...which, reason: 'a false alarm' })
  expect((await client.getStatus({ project: 'shop' })).quarantined).toEqual([])
})

test('over HTTP a change of a guarded policy is proposed by one and confirmed by another', async () => {
  const client = rig.clientOf(rig.adminToken)
  const guarded = 'project: shop\npolicy-changes: { second-person: true }\nenvironments: {}\n'
  expect(await client.applyRevision({ project: 'shop', text: guarded })).toMatchObject({ state: 'applied' })
  const text = 'project: shop\nenvironments: {}\n'
  const { digest } = await client.applyRevision({ project: 'shop', text })
  const ben = rig.clientOf((await rig.login('ben', ['admin'])).token)
  expect((await ben.getProposal({ project: 'shop' })).proposal).toMatchObject({ digest, by: 'admin@local' })
  await expect(client.confirmRevision({ project: 'shop', digest: digest as `sha256:${string}` })).rejects.toMatchObject(
    {
      reason: 'self_confirmation',
    },
  )
  expect(await ben.confirmRevision({ project: 'shop', digest: digest as `sha256:${string}` })).toMatchObject({
    number: 3,
  })
})
