import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { startPipelines } from '../../test/rig/pipelines.ts'

const rig = await opened(startPipelines())

test('a run that was cancelled while its worker was dead ends without starting or signing anything more', async () => {
  const { app, admin } = rig
  await rig.commit(`
packed: { stage: package, steps: [{ run: 'echo 1 > app' }], artifacts: [{ name: app, path: app }] }
later: { stage: build, needs: [packed], steps: [{ run: 'true' }] }`)
  const { id } = await rig.start()
  const asked: string[] = []
  const { signer, runner } = app
  app.runner = {
    async run({ job }) {
      asked.push(job)
      return { outcome: 'succeeded', outputs: {}, artifacts: [], reports: [] }
    },
  }
  app.signer = { ...signer, sign: () => Promise.reject(new Error('there is nothing to sign')) }
  await rig.pool.query(
    `update run set state = 'running', started_at = now(), execution = 1, cancelled_by = $2, reason = 'enough' where id = $1`,
    [id, admin.id],
  )
  const made = JSON.stringify([{ name: 'app', digest: `sha256:${'a'.repeat(64)}`, sizeBytes: 2 }])
  await rig.pool.query(`update run_job set state = 'succeeded', artifacts = $2 where run = $1 and name = 'packed'`, [
    id,
    made,
  ])
  await rig.pool.query(`update run_job set state = 'running', attempt = 1 where run = $1 and name = 'later'`, [id])
  await rig.drain()
  Object.assign(app, { signer, runner })
  const { run, jobs } = await rig.went(id)
  expect(run).toMatchObject({ state: 'cancelled', reason: 'enough', release: null })
  expect([jobs['packed']?.state, jobs['later']?.state]).toEqual(['succeeded', 'cancelled'])
  expect(asked).toEqual([])
})
