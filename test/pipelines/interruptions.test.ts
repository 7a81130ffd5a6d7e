import { afterEach, beforeEach, expect, test } from 'vitest'
import { cancelRun } from '../../src/app/cancel-run.ts'
import { executeRun } from '../../src/app/execute-run.ts'
import { openMeeting, threeJobs, type Meeting } from '../rig/meeting.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())
let meeting: Meeting
beforeEach(async () => {
  meeting = await openMeeting()
})
afterEach(() => meeting.end())

const carryOn = (id: string) => executeRun(rig.app, id, AbortSignal.timeout(20_000))

async function told(id: string): Promise<string[]> {
  return (await rig.entries()).filter(({ subject }) => subject === id).map(({ type }) => type)
}

test('a queued run that is cancelled never begins', async () => {
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  const { app, admin, project } = rig
  const cancelled = await cancelRun(app, admin, { project, id, reason: 'wrong branch' })
  expect(cancelled).toMatchObject({ state: 'cancelled', reason: 'wrong branch', cancelledBy: admin.id })
  await rig.drain()
  const { run, jobs } = await rig.went(id)
  expect(run).toMatchObject({ state: 'cancelled', startedAt: null, execution: 0 })
  expect(Object.values(jobs).map(({ state, attempt }) => [state, attempt])).toEqual([
    ['cancelled', 0],
    ['cancelled', 0],
    ['cancelled', 0],
  ])
  expect(meeting.names()).toEqual([])
  expect(await told(id)).toEqual(['run.queued', 'run.cancel-requested', 'run.completed'])
  await expect(cancelRun(app, admin, { project, id, reason: '' })).rejects.toMatchObject({ code: 'conflict' })
})

test('a running run that is cancelled ends its jobs, starts no more, and makes no release', async () => {
  meeting.release('first')
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  const done = rig.drain()
  await meeting.arrival('second')
  const { app, admin, project } = rig
  expect(await cancelRun(app, admin, { project, id, reason: 'enough' })).toMatchObject({ state: 'running' })
  await done
  await meeting.departure('second')
  const { run, jobs } = await rig.went(id)
  expect(run).toMatchObject({ state: 'cancelled', reason: 'enough', cancelledBy: admin.id, release: null })
  expect(jobs).toMatchObject({
    first: { state: 'succeeded' },
    second: { state: 'cancelled', reason: expect.stringContaining(`cancelled by ${admin.id}`) },
    pack: { state: 'skipped', attempt: 0 },
  })
  expect(await told(id)).toEqual(['run.queued', 'run.started', 'run.cancel-requested', 'run.completed'])
  const completed = (await rig.entries()).findLast(({ subject }) => subject === id)
  expect(completed?.data).toMatchObject({
    outcome: 'cancelled',
    reason: 'enough',
    release: null,
    jobs: { first: 'succeeded', second: 'cancelled', pack: 'skipped' },
  })
})

test('a worker that is told to stop leaves the run to the next one, however often, and nothing counts as interrupted', async () => {
  meeting.release('first')
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  for (const time of [1, 2, 3, 4]) {
    const stop = new AbortController()
    const stopped = executeRun(rig.app, id, stop.signal)
    await meeting.arrival('second', time)
    stop.abort()
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
    await meeting.departure('second')
    expect(await rig.went(id)).toMatchObject({ run: { state: 'running' }, jobs: { second: { state: 'pending' } } })
  }
  meeting.release('second')
  await carryOn(id)
  const { run, jobs } = await rig.went(id)
  expect(run.state).toBe('succeeded')
  expect(jobs['second']).toMatchObject({ attempt: 5, interruptions: 0 })
  expect(await rig.log(id, 'second')).toMatch(/^== attempt 5: attempt 4 was cut off with its worker\n/)
  expect(meeting.countOf('first')).toBe(1)
})

test('a job that was cut off three times by workers that were gone fails with the reason, and so does the run', async () => {
  meeting.release('first')
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  const zombies: Promise<unknown>[] = []
  for (const time of [1, 2, 3]) {
    zombies.push(carryOn(id).catch((error: unknown) => error))
    await meeting.arrival('second', time)
  }
  await carryOn(id)
  meeting.release('second')
  for (const zombie of zombies) expect(await zombie).toMatchObject({ reason: 'run_taken_over' })
  const { run, jobs } = await rig.went(id)
  const reason = 'its worker died 3 times while running it'
  expect(run).toMatchObject({ state: 'failed', reason: `job second: ${reason}`, release: null })
  expect(jobs['second']).toMatchObject({ state: 'failed', reason, attempt: 3, interruptions: 3 })
  expect(jobs['pack']).toMatchObject({ state: 'skipped' })
})

test('a worker that was only believed dead can write nothing more', async () => {
  meeting.release('first')
  await rig.commit(threeJobs(meeting))
  const { id } = await rig.start()
  const zombie = carryOn(id).then(
    () => 'it was let through',
    (error: unknown) => error,
  )
  await meeting.arrival('second')
  const successor = carryOn(id)
  await meeting.arrival('second', 2)
  const before = await rig.log(id, 'second', 1)
  meeting.release('second')
  await successor
  expect(await zombie).toMatchObject({ reason: 'run_taken_over' })
  const { run, jobs } = await rig.went(id)
  expect(run).toMatchObject({ state: 'succeeded', execution: 2 })
  expect(jobs['second']).toMatchObject({ attempt: 2, interruptions: 1, outputs: { visit: '2' } })
  expect(await rig.log(id, 'second', 1)).toBe(before)
  const entries = (await rig.entries()).filter(({ subject }) => subject === id || subject === run.release)
  expect(entries.map(({ type }) => type)).toEqual([
    'run.queued',
    'run.started',
    'release.created',
    'evidence.added',
    'run.completed',
  ])
})

test('a run that has ended is not touched again, however often it is taken', async () => {
  const { run } = await rig.run(`only: { stage: build, steps: [{ run: 'true' }] }`)
  const before = await rig.went(run.id)
  await carryOn(run.id)
  await carryOn(run.id)
  expect(await rig.went(run.id)).toEqual(before)
})
