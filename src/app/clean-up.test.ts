import { expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { opened } from '../../test/rig/opened.ts'
import type { Job } from '../core/job.ts'
import { cleanUp, ensureCleanUp } from './clean-up.ts'

const rig = await opened(startApp('project: shop\nenvironments: {}\n'))

const left = async () =>
  (await rig.pool.query('select key from reply order by key')).rows.map(({ key }) => key as string)
const nextInSeconds = async () => {
  const [job] = rig.jobs.splice(0)
  if (job?.verb !== 'clean-up' || !job.at) throw new Error('no clean-up was queued for later')
  return (job.at.getTime() - Date.now()) / 1000
}

test('stored answers older than a day are removed, younger ones stay, and the next look is in an hour', async () => {
  await rig.app.store.transaction(async (tx) => {
    for (const key of ['old', 'young']) await tx.replies.add({ actor: 'ann@local', key, sealed: Buffer.from('x') })
  })
  await rig.pool.query(`update reply set created_at = now() - interval '24 hours 1 minute' where key = 'old'`)
  await rig.pool.query(`update reply set created_at = now() - interval '23 hours 59 minutes' where key = 'young'`)
  await cleanUp(rig.app)
  expect(await left()).toEqual(['young'])
  expect(await nextInSeconds()).toBeGreaterThan(3500)
})

test('a heap of old answers goes in bounded steps, the oldest first, without waiting an hour between', async () => {
  await rig.pool.query(
    `insert into reply (actor, key, sealed, created_at)
     select 'ann@local', 'heap-' || n, 'x', now() - interval '3 days' - n * interval '1 second' from generate_series(1, 1500) n`,
  )
  await cleanUp(rig.app)
  expect(await left()).toHaveLength(501)
  expect(await left()).not.toContain('heap-1500')
  expect(await nextInSeconds()).toBeLessThan(10)
  await cleanUp(rig.app)
  expect(await left()).toEqual(['young'])
})

test('a clean-up that was lost is queued again, and one that waits is not doubled', async () => {
  rig.jobs.splice(0)
  await ensureCleanUp(rig.app, { missing: async (jobs: Job[]) => jobs })
  await ensureCleanUp(rig.app, { missing: async () => [] })
  expect(rig.jobs).toEqual([{ verb: 'clean-up' }])
})
