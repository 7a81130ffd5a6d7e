import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { setSecret } from '../../src/app/set-secret.ts'
import { jobStream } from '../../src/core/run.ts'
import { openMeeting, type Meeting } from '../rig/meeting.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())
let meeting: Meeting
beforeEach(async () => {
  meeting = await openMeeting()
})
afterEach(() => meeting.end())

const secret = (name: string, value: string) => setSecret(rig.app, rig.admin, { project: rig.project, name, value })

test('a log is in the order in which the job printed, both streams together, each piece with its time', async () => {
  const { run, jobs } = await rig.run(`
talk:
  stage: build
  steps:
    - name: count
      run: for n in $(seq 300); do echo "out $n"; echo "err $n" >&2; done
    - run: printf 'no end of line'
    - run: |
        echo last # with a comment
`)
  const pieces = await rig.app.store.read((tx) =>
    tx.logText.read(jobStream(run.id, 'talk', 1), { from: 0, limit: 10_000 }),
  )
  const counted = Array.from({ length: 300 }, (_, index) => `out ${index + 1}\nerr ${index + 1}\n`)
  expect(pieces.map(({ text }) => text).join('')).toBe(
    [
      '== count\n',
      ...counted,
      "== printf 'no end of line'\n",
      'no end of line',
      '\n== echo last # with a comment\n',
      'last\n',
    ].join(''),
  )
  expect(pieces.map(({ sequence }) => sequence)).toEqual(pieces.map((_, index) => index))
  const times = pieces.map(({ at }) => at.getTime())
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  const { startedAt, finishedAt } = jobs['talk']!
  expect(times[0]).toBeGreaterThanOrEqual(startedAt!.getTime() - 1000)
  expect(times.at(-1)).toBeLessThanOrEqual(finishedAt!.getTime() + 1000)
})

test('each step is on record with its times and its exit code', async () => {
  const { run } = await rig.run(`
steps:
  stage: build
  steps:
    - run: 'true'
    - run: exit 3
      allow-failure: true
    - run: kill -KILL $BASHPID
    - run: echo never
`)
  const steps = await rig.app.store.read((tx) => tx.runs.steps(run.id))
  expect(steps.map(({ index, exitCode }) => [index, exitCode])).toEqual([
    [0, 0],
    [1, 3],
    [2, 137],
  ])
  for (const { startedAt, finishedAt } of steps)
    expect(finishedAt!.getTime()).toBeGreaterThanOrEqual(startedAt.getTime())
})

test('what a job prints can be read while it runs', async () => {
  await rig.commit(`
talk: { stage: build, steps: [{ run: 'echo "I am here"; ${meeting.come('talk')}; echo "and gone"' }] }`)
  const { id } = await rig.start()
  const done = rig.drain()
  await meeting.arrival('talk')
  await vi.waitUntil(async () => (await rig.log(id, 'talk')).includes('\nI am here\n'), { timeout: 10_000 })
  expect(await rig.log(id, 'talk')).not.toContain('\nand gone\n')
  meeting.release('talk')
  await done
  expect(await rig.log(id, 'talk')).toMatch(/\nI am here\nand gone\n$/)
})

test('A21 a secret is given to the job that asks for it, and masked in what it prints, also split over two writes', async () => {
  await secret('API_KEY', 'correct-horse-$battery')
  await rig.commit(`
ask:
  stage: build
  secrets: [API_KEY]
  steps:
    - run: echo "whole $API_KEY"; echo "length \${#API_KEY}"; printf %s "$API_KEY" | base64
    - run: printf 'split %s' "\${API_KEY:0:9}"; ${meeting.come('middle')}; printf '%s end\\n' "\${API_KEY:9}"
    - run: set -x; true "$API_KEY"
other:
  stage: build
  steps: [{ run: 'echo "nothing: \${API_KEY-}"' }]
`)
  const { id } = await rig.start()
  const done = rig.drain()
  await meeting.arrival('middle')
  await vi.waitUntil(async () => (await rig.log(id, 'ask')).includes('\nsplit '), { timeout: 10_000 })
  const half = await rig.log(id, 'ask')
  meeting.release('middle')
  await done
  const whole = await rig.log(id, 'ask')
  expect(half).toMatch(/\nsplit $/)
  expect(whole).toContain('\nwhole ***\nlength 22\n***')
  expect(whole).toContain('\nsplit *** end\n')
  expect(whole).not.toMatch(/correct|horse|battery/)
  expect(await rig.log(id, 'other')).toMatch(/\nnothing: \n$/)
  const { rows } = await rig.pool.query(`select string_agg(text, '') as text from log_text`)
  expect(JSON.stringify(rows)).not.toContain('horse')
})

test('a secret that is not there is a clear failure before the job starts', async () => {
  const { run, jobs } = await rig.run(`ask: { stage: build, secrets: [NO_SUCH_KEY], steps: [{ run: 'true' }] }`)
  expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('NO_SUCH_KEY') })
  expect(jobs['ask']).toMatchObject({ state: 'failed', attempt: 1 })
  expect(await rig.log(run.id, 'ask')).toBe('')
})

test('A21 a secret does not get out as an output or in the reason of a failure', async () => {
  await secret('TOKEN', 'hush-hush-hush')
  const { run, jobs } = await rig.run(`
leak: { stage: build, secrets: [TOKEN], outputs: [it], steps: [{ run: 'echo "$TOKEN" > $LOCKFLIGHT_OUTPUTS/it' }] }
`)
  expect(run).toMatchObject({ state: 'failed', reason: expect.stringContaining('contains the value of secret TOKEN') })
  expect(JSON.stringify([run, jobs, await rig.entries()])).not.toContain('hush')
})
