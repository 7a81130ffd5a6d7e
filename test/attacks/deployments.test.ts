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
  const classes = ['standard', 'hotfix'] as const
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

test('A34 when the connection of a start is killed while it holds the lock, nothing of it stays and another start wins', async () => {
  const ids: string[] = []
  for (const kind of ['hotfix', 'standard'] as const) {
    const { digest: release } = await rig.build()
    const asked = { project: rig.project, release, environment: 'prod', class: kind, reason: '' }
    ids.push((await requestPromotion(rig.app, rig.admin, asked)).id)
  }
  rig.jobs.splice(0)
  // Every start stops in its transaction, after it has taken the environment, until this lock is let go.
  await rig.pool.query(`
    create function linger() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock(34); return new; end';
    create trigger linger before insert on deployment for each row execute function linger()`)
  const holder = await rig.pool.connect()
  await holder.query('select pg_advisory_lock(34)')
  const starts = Promise.allSettled(
    Array.from({ length: 12 }, (_, n) =>
      advancePromotion(rig.app, ids[n % ids.length] ?? '', AbortSignal.timeout(20_000)),
    ),
  )
  const killed = new Set<number>()
  await expect
    .poll(
      async () => {
        const { rows } = await rig.pool.query<{ pid: number }>(
          `select pid from pg_locks where locktype = 'advisory' and not granted and objid = 34`,
        )
        for (const { pid } of rows) {
          killed.add(pid)
          await rig.pool.query('select pg_terminate_backend($1)', [pid])
        }
        return killed.size
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBeGreaterThanOrEqual(3)
  await holder.query('select pg_advisory_unlock(34)')
  holder.release()
  await starts
  await rig.drain()

  const { rows } = await rig.pool.query<{ fence: number }>('select fence from deployment order by fence')
  const fences = rows.map(({ fence }) => fence)
  expect(fences).toEqual(fences.map((_, n) => n + 1))
  expect(fences.length).toBeGreaterThan(0)
  const started = (await rig.entries()).filter(({ type }) => type === 'deploy.started')
  expect(started.map(({ data }) => data['fence'])).toEqual(fences)
  expect(rig.target.executions.map(({ fence }) => fence)).toEqual(fences)
}, 60_000)

test('A34 a worker that wakes after its deployment ended, and after the next one, changes nothing', async () => {
  const [old, next] = [await rig.build(), await rig.build()]
  const { promise: asleep, resolve: sleeps } = Promise.withResolvers<void>()
  const { promise: woken, resolve: wake } = Promise.withResolvers<void>()
  const { deployer } = rig.target
  const reports: string[] = []
  const sleepy: typeof deployer = {
    ...deployer,
    async deploy(config, request) {
      sleeps()
      await woken
      const result = await deployer.deploy(config, request)
      reports.push(result.outcome)
      return result
    },
  }
  const asked = { project: rig.project, environment: 'prod', class: 'standard' as const, reason: '' }
  const { id } = await requestPromotion(rig.app, rig.admin, { ...asked, release: old.digest })
  rig.jobs.splice(0)
  const advance = (app = rig.app) => advancePromotion(app, id, AbortSignal.timeout(20_000))
  await advance()
  const zombie = advance({ ...rig.app, deployers: { target: sleepy } })
  await asleep
  rig.jobs.push({ verb: 'advance-promotion', promotion: id })
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
  expect(await lift(next.digest)).toMatchObject({ state: 'succeeded' })
  const [before, executions] = [await rig.entries(), rig.target.executions.length]

  wake()
  await Promise.allSettled([zombie])
  await rig.drain()
  expect(reports).toEqual(['failed'])
  expect(rig.target.executions).toHaveLength(executions)
  expect(rig.target.live.get('prod')).toBe(next.digest)
  expect(await rig.entries()).toEqual(before)
  expect(await rig.promotion(id)).toMatchObject({ state: 'succeeded' })
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

test('A36 a rollback to a release that nobody signs for any more stays out', async () => {
  const [good, better] = [await rig.build(), await rig.build()]
  await lift(good.digest)
  await lift(better.digest)
  await rig.pool.query('alter table attestation disable trigger all')
  await rig.pool.query('delete from attestation where release = $1', [good.digest])
  await rig.pool.query('alter table attestation enable trigger all')
  const { id } = await rollBack(good.digest)
  await rig.drain()
  expect(await rig.promotion(id)).toMatchObject({ state: 'waiting', unmet: [{ id: 'signature' }] })
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
