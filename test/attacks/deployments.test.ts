import { afterEach, beforeEach, expect, test } from 'vitest'
import { advancePromotion } from '../../src/app/advance-promotion.ts'
import { requestPromotion } from '../../src/app/request-promotion.ts'
import { requestRollback } from '../../src/app/request-rollback.ts'
import { startApp } from '../rig/app.ts'

const configuration = `
project: shop
environments:
  prod:
    deploy: { use: target }
    on-failure: rollback
    verify: [{ use: answer, of: prod }]
    gates: [{ use: signature }]
`

let rig: Awaited<ReturnType<typeof startApp>>
beforeEach(async () => {
  rig = await startApp(configuration)
})
afterEach(() => rig.stop())

async function lift(release: string) {
  const asked = { project: rig.project, release, environment: 'prod', class: 'hotfix' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, asked)
  await rig.drain()
  return rig.promotion(id)
}

function rollBack(to: string) {
  return requestRollback(rig.app, rig.admin, { project: rig.project, environment: 'prod', to, reason: 'test' })
}

test('A34 however many workers start at once, one deployment runs, and fences only grow', async () => {
  const releases = await Promise.all(Array.from({ length: 8 }, () => rig.build()))
  const classes = ['standard', 'hotfix', 'drill'] as const
  for (const [index, release] of releases.entries()) {
    const promotionClass = classes[index % classes.length] ?? 'standard'
    const asked = {
      project: rig.project,
      release: release.digest,
      environment: 'prod',
      class: promotionClass,
      reason: '',
    }
    await requestPromotion(rig.app, rig.admin, asked)
  }
  const ids = rig.jobs.splice(0).flatMap((job) => (job.verb === 'advance-promotion' ? [job.promotion] : []))
  const storm = Array.from({ length: 200 }, (_, index) => ids[index % ids.length] ?? '')
  await Promise.allSettled(storm.map((id) => advancePromotion(rig.app, id, AbortSignal.timeout(20_000))))
  const { rows } = await rig.pool.query<{ running: number }>(
    `select count(*)::int as running from promotion where state in ('deploying', 'verifying')`,
  )
  expect(rows[0]?.running).toBeLessThanOrEqual(1)
  await rig.drain()
  const fences = rig.target.executions.map(({ fence }) => fence)
  expect(fences).toEqual([...new Set(fences)].toSorted((a, b) => a - b))
  expect(fences.length).toBeGreaterThan(0)
})

test('A36 a rollback goes only to a release that was healthy there', async () => {
  const good = await rig.build()
  const bad = await rig.build()
  rig.answers.set(bad.digest, false)
  const never = await rig.build()
  expect(await lift(good.digest)).toMatchObject({ state: 'succeeded' })
  expect(await lift(bad.digest)).toMatchObject({ state: 'failed' })
  await expect(rollBack(never.digest)).rejects.toMatchObject({ reason: 'never_healthy_here' })
  await expect(rollBack(bad.digest)).rejects.toMatchObject({ reason: 'never_healthy_here' })
})

test('A36 after a rollback nothing is promoted until someone resumes the environment', async () => {
  const [good, better] = [await rig.build(), await rig.build()]
  await lift(good.digest)
  await lift(better.digest)
  await rollBack(good.digest)
  await rig.drain()
  expect(rig.target.live.get('prod')).toBe(good.digest)
  expect(await lift(better.digest)).toMatchObject({ state: 'waiting', unmet: [{ id: 'held' }] })
  expect(rig.target.live.get('prod')).toBe(good.digest)
})

test('A36 a rollback is verified like anything else: a release whose key was revoked stays out', async () => {
  const [good, better] = [await rig.build(), await rig.build()]
  await lift(good.digest)
  await lift(better.digest)
  await rig.pool.query('update trusted_key set revoked_at = now()')
  const { id } = await rollBack(good.digest)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ unmet: [{ id: 'signature' }] })
  expect(rig.target.live.get('prod')).toBe(better.digest)
})

test('a release that no longer runs when it is verified fails the deployment (I07)', async () => {
  const release = await rig.build()
  rig.target.live.set = () => rig.target.live
  expect(await lift(release.digest)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining(`expected the target to run ${release.digest}, found nothing running`),
  })
})

test('a target that reports another digest than the one deployed fails the deployment (I07)', async () => {
  const [good, other] = [await rig.build(), await rig.build()]
  await lift(good.digest)
  const set = rig.target.live.set.bind(rig.target.live)
  rig.target.live.set = (environment, release) => set(environment, release === other.digest ? good.digest : release)
  expect(await lift(other.digest)).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining(`expected the target to run ${other.digest}, found ${good.digest}`),
  })
})
