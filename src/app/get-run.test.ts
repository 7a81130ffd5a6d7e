import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp } from '../../test/rig/app.ts'
import { shop } from '../../test/rig/server.ts'
import { getRun } from './get-run.ts'
import { listRuns } from './list-runs.ts'
import { readDeploymentLog } from './read-deployment-log.ts'
import { readRunLog } from './read-run-log.ts'

let rig: Awaited<ReturnType<typeof startApp>>
let id: string
beforeAll(async () => {
  rig = await startApp(shop)
  id = (await rig.build()).run!
})
afterAll(() => rig.stop())

test('a run shows its jobs with the steps of their latest attempt, each by a name people know', async () => {
  const { app, admin, project } = rig
  await app.store.transaction(async (tx) => {
    const marks = [{ index: 0, startedAt: tx.now, finishedAt: null, exitCode: null }]
    await tx.runs.markSteps({ run: id, job: 'package', attempt: 1 }, marks)
    await tx.runs.markSteps({ run: id, job: 'package', attempt: 2 }, marks)
  })
  const { jobs, state, number } = await getRun(app, admin, { project, id })
  expect([state, number]).toEqual(['succeeded', 1])
  expect(jobs).toMatchObject([{ name: 'package', stage: 'package', needs: [], attempt: 1 }])
  expect(jobs[0]?.steps).toMatchObject([{ index: 0, attempt: 1, name: 'true' }])
})

test('a log is read piece by piece, and its end is known', async () => {
  const { app, admin, project } = rig
  const texts = ['one\n', 'two\n', 'three\n']
  await app.store.transaction((tx) =>
    tx.logText.append(
      `run/${id}/package/1`,
      texts.map((text) => ({ at: tx.now, text })),
    ),
  )
  const read = (from: number, limit: number) => readRunLog(app, admin, { project, id, job: 'package', from, limit })
  const first = await read(0, 2)
  expect(first.pieces.map(({ text }) => text)).toEqual(['one\n', 'two\n'])
  expect(first).toMatchObject({ attempt: 1, done: false })
  const second = await read(first.next, 2)
  expect(second.pieces.map(({ text }) => text)).toEqual(['three\n'])
  expect(second.done).toBe(true)
  expect(await read(second.next, 2)).toMatchObject({ pieces: [], next: second.next, done: true })
})

test('what does not exist is named', async () => {
  const { app, admin, project } = rig
  const part = { from: 0, limit: 10 }
  await expect(readRunLog(app, admin, { project, id, job: 'deploy', ...part })).rejects.toMatchObject({
    code: 'not_found',
    message: 'run 1 has no job deploy',
  })
  await expect(getRun(app, admin, { project, id: 'none' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(readDeploymentLog(app, admin, { project, id: 'none', attempt: 1, ...part })).rejects.toMatchObject({
    code: 'not_found',
  })
})

test('runs are listed by state', async () => {
  const { app, admin, project } = rig
  const ids = async (state: 'succeeded' | 'failed') =>
    (await listRuns(app, admin, { project, state, limit: 10 })).items.map((run) => run.id)
  expect(await ids('succeeded')).toEqual([id])
  expect(await ids('failed')).toEqual([])
})
