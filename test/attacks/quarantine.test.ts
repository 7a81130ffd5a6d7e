import { expect, test } from 'vitest'
import { explainPromotion } from '../../src/app/explain-promotion.ts'
import { getRelease } from '../../src/app/get-release.ts'
import { getStatus } from '../../src/app/get-status.ts'
import { liftQuarantine } from '../../src/app/lift-quarantine.ts'
import { listDiscrepancies } from '../../src/app/list-discrepancies.ts'
import { pinEnvironment, unpinEnvironment } from '../../src/app/pin-environment.ts'
import { quarantineRelease } from '../../src/app/quarantine-release.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { requestRollback } from '../../src/app/request-rollback.ts'
import type { PromotionClass } from '../../src/core/promotion.ts'
import type { Release } from '../../src/core/release.ts'
import { startApp } from '../rig/app.ts'
import { opened } from '../rig/opened.ts'

const policy = `
project: shop
environments:
  dev: { deploy: { use: target } }
  stg: { after: [dev], promote: auto, deploy: { use: target } }
  prod: { deploy: { use: target }, gates: [{ use: signature }] }
  lab: { deploy: { use: target } }
  auto: { deploy: { use: target }, verify: [{ use: answer, of: it }], on-failure: rollback }
`

const rig = await opened(startApp(policy))

async function promote(
  release: Release,
  environment = 'prod',
  kind: Exclude<PromotionClass, 'rollback' | 'drill'> = 'standard',
) {
  const { app, admin, project } = rig
  const asked = { project, release: release.digest, environment, class: kind, reason: '' }
  const { id } = await requestPromotion(app, admin, asked)
  await rig.drain()
  return rig.promotion(id)
}
const quarantine = (release: Release, reason = 'loses orders') =>
  quarantineRelease(rig.app, rig.admin, { project: rig.project, release: release.version, reason })
const lift = (release: Release) =>
  liftQuarantine(rig.app, rig.admin, { project: rig.project, release: release.version, reason: 'a false alarm' })
const rollBack = (to?: Release) =>
  requestRollback(rig.app, rig.admin, {
    project: rig.project,
    environment: 'prod',
    reason: 'it is slow',
    ...(to && { to: to.version }),
  })

test('a release in quarantine starts nowhere, whatever the class, until someone lifts it', async () => {
  const release = await rig.build()
  await quarantine(release)
  for (const kind of ['standard', 'hotfix'] as const) {
    const promotion = await promote(release, 'prod', kind)
    expect(promotion).toMatchObject({
      state: 'waiting',
      unmet: [{ id: 'quarantined', kind: 'release', outcome: 'fail', reason: expect.stringContaining('loses orders') }],
    })
  }
  expect(rig.target.executions.filter((each) => each.release === release.digest)).toEqual([])
  const why = await explainPromotion(rig.app, rig.admin, { project: rig.project, id: (await last()).id })
  expect(why).toMatchObject({ next: 'wait', quarantine: { reason: 'loses orders' }, passed: [{ id: 'signature' }] })

  await lift(release)
  await rig.drain()
  expect((await last()).state).toBe('succeeded')
  await expect(lift(release)).rejects.toMatchObject({ code: 'conflict' })
})

async function last() {
  const [newest] = await rig.app.store.read((tx) => tx.promotions.list({ project: rig.project, limit: 1 }))
  if (!newest) throw new Error('nothing was promoted')
  return newest
}

test('A36 a rollback never goes to a release in quarantine, named or not', async () => {
  const [good, bad, live] = [await rig.build(), await rig.build(), await rig.build()]
  for (const release of [good, bad, live]) expect((await promote(release)).state).toBe('succeeded')
  await quarantine(bad)
  await expect(rollBack(bad)).rejects.toMatchObject({ code: 'unprocessable', reason: 'quarantined' })
  expect((await rollBack()).release).toBe(good.digest)
})

test('A36 a rollback that waits already does not start either', async () => {
  await rig.drain()
  const target = await rig.build()
  const waiting = await rollBack()
  await rig.pool.query('update promotion set release = $1 where id = $2', [target.digest, waiting.id])
  await quarantine(target)
  await rig.drain()
  expect(await rig.promotion(waiting.id)).toMatchObject({ state: 'waiting', unmet: [{ id: 'quarantined' }] })
})

test('A36 nothing rolls back to a release in quarantine by itself; the environment is held and says why', async () => {
  const { app, admin, project } = rig
  const [before, broken] = [await rig.build(), await rig.build()]
  expect((await promote(before, 'auto')).state).toBe('succeeded')
  await quarantine(before)
  rig.answers.set(broken.digest, false)
  expect((await promote(broken, 'auto')).state).toBe('failed')
  const { environments } = await getStatus(app, admin, { project })
  const auto = environments.find(({ name }) => name === 'auto')
  expect(auto).toMatchObject({
    waiting: [],
    hold: { reason: expect.stringContaining('is in quarantine: loses orders') },
  })
})

test('it is told where it runs and is being put, and everyone sees it', async () => {
  const release = await rig.build()
  await promote(release, 'dev')
  const told = await quarantine(release, 'leaks memory')
  expect(told).toMatchObject({ version: release.version, liveIn: ['dev', 'stg'], running: [] })
  await expect(quarantine(release)).rejects.toMatchObject({ code: 'conflict' })

  const { project, app, admin } = rig
  const held = { by: 'admin@local', reason: 'leaks memory' }
  expect(await getRelease(app, admin, { project, release: release.digest })).toMatchObject({ quarantine: held })
  const { quarantined } = await getStatus(app, admin, { project })
  expect(quarantined).toContainEqual(
    expect.objectContaining({ ...held, version: release.version, liveIn: ['dev', 'stg'] }),
  )
  const entry = (await rig.entries()).find(
    ({ type, subject }) => type === 'release.quarantined' && subject === release.digest,
  )
  expect(entry?.data).toEqual({ version: release.version, reason: 'leaks memory', liveIn: ['dev', 'stg'], running: [] })
})

test('what is being deployed goes on and is named, and automation brings it no further', async () => {
  const release = await rig.build()
  let told: unknown
  rig.target.before = async () => {
    told ??= await quarantine(release)
  }
  const promotion = await promote(release, 'dev')
  delete rig.target.before
  expect(told).toMatchObject({ running: [{ environment: 'dev', promotion: promotion.id }], liveIn: [] })
  expect(promotion.state).toBe('succeeded')
  const { project, app, admin } = rig
  expect(await explainPromotion(app, admin, { project, id: promotion.id })).toMatchObject({
    next: 'nothing',
    quarantine: { reason: 'loses orders' },
  })
  expect(await app.store.read((tx) => tx.promotions.list({ project, environment: 'stg', limit: 1 }))).not.toMatchObject(
    [{ release: release.digest }],
  )
})

test('a pinned environment takes only its own release and rollbacks, until someone unpins it', async () => {
  const { app, admin, project } = rig
  const [first, second] = [await rig.build(), await rig.build()]
  const lab = { project, environment: 'lab', reason: 'the auditors are here' }
  await expect(unpinEnvironment(app, admin, lab)).rejects.toMatchObject({ code: 'conflict' })
  expect((await promote(first, 'lab')).state).toBe('succeeded')
  const pin = await pinEnvironment(app, admin, lab)
  expect(pin).toMatchObject({ release: first.digest, version: first.version })
  expect((await promote(first, 'lab')).state).toBe('succeeded')
  const waiting = await promote(second, 'lab')
  expect(waiting).toMatchObject({ state: 'waiting', unmet: [{ id: 'pinned', kind: 'environment', outcome: 'wait' }] })
  expect((await rig.promotion(waiting.id)).state).toBe('waiting')
  const { environments } = await getStatus(app, admin, { project })
  expect(environments.find(({ name }) => name === 'lab')?.pin).toMatchObject({ version: first.version, by: admin.id })

  await unpinEnvironment(app, admin, lab)
  await rig.drain()
  expect((await rig.promotion(waiting.id)).state).toBe('succeeded')
  const developer = await rig.addMember('dora', ['developer'])
  await expect(pinEnvironment(app, developer, lab)).rejects.toMatchObject({ reason: 'permission_missing' })
  const told = (await rig.entries()).filter(({ subject }) => subject === 'lab').map(({ type }) => type)
  expect(told).toEqual(['environment.pinned', 'environment.unpinned'])
})

test('of a start and a quarantine at the same moment, one sees the other', async () => {
  for (let round = 0; round < 5; round++) {
    const release = await rig.build()
    const asked = {
      project: rig.project,
      release: release.digest,
      environment: 'lab',
      class: 'hotfix' as const,
      reason: '',
    }
    const { id } = await requestPromotion(rig.app, rig.admin, asked)
    const [told] = await Promise.all([quarantine(release), rig.drain()])
    const { attempt, unmet } = await rig.promotion(id)
    const seen = [...told.running.map(({ environment }) => environment), ...told.liveIn]
    expect(attempt > 0 ? seen : unmet.map((each) => each.id)).toEqual(attempt > 0 ? ['lab'] : ['quarantined'])
  }
})

test('only who has release.quarantine may, and everyone else is refused', async () => {
  const release = await rig.build()
  for (const role of ['viewer', 'developer', 'approver', 'auditor'] as const) {
    const someone = await rig.addMember(`a-${role}`, [role])
    const input = { project: rig.project, release: release.version, reason: 'because' }
    await expect(quarantineRelease(rig.app, someone, input)).rejects.toMatchObject({ reason: 'permission_missing' })
    await expect(liftQuarantine(rig.app, someone, input)).rejects.toMatchObject({ reason: 'permission_missing' })
  }
})

test('A30 quarantines and pins are what the log says of them, and one that vanishes is found', async () => {
  const { app, admin, project } = rig
  const differing = async () => {
    const { items } = await listDiscrepancies(app, admin)
    return items
      .filter(({ kind }) => ['quarantine', 'pin'].includes(kind))
      .map(({ kind, subject }) => `${kind} ${subject}`)
  }
  const release = await rig.build()
  await quarantine(release)
  await pinEnvironment(app, admin, { project, environment: 'lab', release: release.version, reason: 'the auditors' })
  expect(await differing()).toEqual([])
  await rig.pool.query('delete from quarantine where release = $1', [release.digest])
  await rig.pool.query('delete from pin')
  expect((await differing()).toSorted()).toEqual([`pin ${project}/lab`, `quarantine ${project}/${release.digest}`])
})
