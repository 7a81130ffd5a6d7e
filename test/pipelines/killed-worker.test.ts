import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { executeRun } from '../../src/app/execute-run.ts'
import { openMeeting, threeJobs, type Meeting } from '../rig/meeting.ts'
import { startPipelines, type PipelinesRig } from '../rig/pipelines.ts'

let rig: PipelinesRig
let meeting: Meeting
let worker: ChildProcess | undefined
beforeAll(async () => {
  rig = await startPipelines()
  meeting = await openMeeting()
})
afterAll(async () => {
  worker?.kill('SIGKILL')
  await meeting.end()
  await rig.stop()
})

/** Starts the run in a process of its own. */
function startWorker(id: string): ChildProcess {
  const program = join(import.meta.dirname, '../rig/run-worker.ts')
  return spawn(process.execPath, [program, rig.database.url, rig.home, id], { stdio: 'inherit' })
}

test('a run whose worker is killed is resumed by another: finished jobs are kept, the one cut off begins anew', async () => {
  meeting.release('first')
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  worker = startWorker(id)
  await meeting.arrival('second')
  worker.kill('SIGKILL')
  await once(worker, 'exit')
  await meeting.departure('second')
  expect((await rig.went(id)).jobs).toMatchObject({ first: { state: 'succeeded' }, second: { state: 'running' } })

  meeting.release('second')
  await executeRun(rig.app, id, AbortSignal.timeout(20_000))
  const { run, jobs } = await rig.went(id)
  expect(run).toMatchObject({ state: 'succeeded', execution: 2 })
  expect(jobs).toMatchObject({
    first: { state: 'succeeded', attempt: 1, interruptions: 0, outputs: { visit: '1' } },
    second: { state: 'succeeded', attempt: 2, interruptions: 1, outputs: { visit: '2' } },
    pack: { state: 'succeeded', attempt: 1, interruptions: 0 },
  })
  expect(meeting.names()).toEqual(['first', 'second', 'second'])
  const told = (await rig.entries()).filter(({ subject }) => subject === id)
  expect(told.map(({ type }) => type)).toEqual(['run.queued', 'run.started', 'run.completed'])
})
