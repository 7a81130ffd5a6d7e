import { afterEach, beforeEach, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { freshDatabase } from '../../test/rig/postgres.ts'
import { createQueue } from '../store/queue.ts'
import { advancePromotion } from './advance-promotion.ts'
import { applyRevision } from './apply-revision.ts'
import { executeRun } from './execute-run.ts'
import { carryOutTakeDown, takeDown } from './take-down.ts'
import { requestPromotion } from './request-promotion.ts'
import { requeueMissing } from './requeue-missing.ts'

let rig: Awaited<ReturnType<typeof startApp>>
let queue: Awaited<ReturnType<typeof createQueue>>

beforeEach(async () => {
  const database = await freshDatabase()
  queue = await createQueue({ url: database.url, report: () => undefined, retryLimit: 0 })
  const configuration = `
project: shop
environments:
  dev: { deploy: { use: target } }
  prod: { deploy: { use: target }, expires-after: 1h, gates: [{ use: approval }] }
`
  rig = await startApp(configuration, { database, outbox: queue })
})
afterEach(async () => {
  await queue.stop(1000)
  await rig.stop()
})

async function request(environment: string): Promise<string> {
  const { digest } = await rig.build()
  const ask = { project: rig.project, release: digest, environment, class: 'standard' as const, reason: '' }
  return (await requestPromotion(rig.app, rig.admin, ask)).id
}

const advance = (id: string) => advancePromotion(rig.app, id, AbortSignal.timeout(20_000))
const loseAllJobs = () => rig.pool.query('delete from pgboss.job')
const requeued = () => requeueMissing(rig.app, queue)

test('what has its job in the queue, now or for later, is left alone', async () => {
  const [waiting] = [await request('prod'), await request('dev')]
  await advance(waiting)
  expect(await requeued()).toEqual([])
})

test('a promotion whose job was lost is brought to its end, wherever it stood', async () => {
  for (const state of ['waiting', 'deploying', 'verifying']) {
    const id = await request('dev')
    while ((await rig.promotion(id)).state !== state) await advance(id)
    await loseAllJobs()
    expect(await requeued()).toEqual([{ verb: 'advance-promotion', promotion: id }])
    expect(await requeued()).toEqual([])
    await advance(id)
    while ((await rig.promotion(id)).finishedAt === null) await advance(id)
  }
})

test('one that waits for a moment in the future is looked at when it has come, and not before', async () => {
  const id = await request('prod')
  await advance(id)
  await loseAllJobs()
  expect(await requeued()).toEqual([])
  await rig.pool.query(`update promotion set recheck_at = now() - interval '1 second'`)
  expect(await requeued()).toEqual([{ verb: 'advance-promotion', promotion: id }])
})

test('A37 what the queue has given up is taken up again', async () => {
  const id = await request('dev')
  let throws = 0
  await queue.work({
    'execute-run': ({ run }, signal) => executeRun(rig.app, run, signal),
    'advance-promotion': ({ promotion }, signal) => {
      throws += 1
      return throws === 1 ? Promise.reject(new Error('poison')) : advancePromotion(rig.app, promotion, signal)
    },
  })
  const givenUp = async () => (await rig.pool.query(`select from pgboss.job where state = 'failed'`)).rowCount
  await expect.poll(givenUp, { timeout: 20_000 }).toBe(1)
  expect((await rig.promotion(id)).state).toBe('waiting')
  expect(await requeued()).toEqual([{ verb: 'advance-promotion', promotion: id }])
  await expect.poll(async () => (await rig.promotion(id)).state, { timeout: 20_000 }).toBe('succeeded')
})

test('a service that was taken down is ended although its job was lost', async () => {
  const id = await request('dev')
  while ((await rig.promotion(id)).finishedAt === null) await advance(id)
  await takeDown(rig.app, rig.admin, { project: rig.project, environment: 'dev', reason: 'not needed' })
  await loseAllJobs()
  const job = { project: rig.project, environment: 'dev', fence: 1 }
  expect(await requeued()).toEqual([{ verb: 'take-down', ...job }])
  expect(rig.target.live.size).toBe(1)
  // What has come of the environment in the configuration meanwhile does not matter.
  const text = 'project: shop\nenvironments: { other: { deploy: { use: target } } }'
  await applyRevision(rig.app, rig.admin, { project: rig.project, text, file: 'lockflight.yaml', dryRun: false })
  await carryOutTakeDown(rig.app, job)
  expect(rig.target.live.size).toBe(0)
  await loseAllJobs()
  expect(await requeued()).toEqual([])
})

test('a run whose job was lost is queued again, one that has ended is not', async () => {
  await rig.build()
  const { rows } = await rig.pool.query<{ id: string }>(`
    insert into run (id, project, number, repository, commit, author_email, committed_at, pipeline,
      configuration_digest, state, reason, requested_by, created_at, execution, version)
    select 'lost', project, number + 1, repository, commit, author_email, committed_at, pipeline,
      configuration_digest, 'running', '', requested_by, created_at, 1, 0 from run limit 1 returning id`)
  expect(await requeued()).toEqual([{ verb: 'execute-run', run: rows[0]?.id }])
  expect(await requeued()).toEqual([])
})
