import { expect, test } from 'vitest'
import type { Answer } from '../answer.ts'
import { plain } from '../look.ts'
import { runResultText, runsText, runText } from './run-view.ts'

const now = new Date('2026-11-23T12:00:00Z')
const look = { paint: plain, now }
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const

const run = {
  id: 'r1',
  project: 'checkout',
  number: 12,
  source: { repository: '/shop', commit: 'b'.repeat(40), branch: 'main' },
  state: 'failed',
  reason: 'job test failed',
  requestedBy: 'ana@local',
  createdAt: minutesAgo(3),
  startedAt: minutesAgo(3),
  finishedAt: minutesAgo(1),
  release: null,
  cancelledBy: null,
  jobs: [
    {
      name: 'test',
      stage: 'test',
      needs: [],
      state: 'failed',
      attempt: 2,
      reason: 'step 1 ended with exit code 3',
      outputs: {},
      artifacts: [],
      startedAt: minutesAgo(2),
      finishedAt: minutesAgo(1),
      steps: [
        {
          index: 0,
          name: 'npm ci',
          startedAt: minutesAgo(2),
          finishedAt: new Date(minutesAgo(2).getTime() + 1500),
          exitCode: 0,
        },
        { index: 1, name: 'npm test', startedAt: minutesAgo(2), finishedAt: minutesAgo(1), exitCode: 3 },
      ],
    },
    {
      name: 'package',
      stage: 'package',
      needs: ['test'],
      state: 'skipped',
      attempt: 0,
      reason: '',
      outputs: {},
      artifacts: [],
      startedAt: null,
      finishedAt: null,
      steps: [],
    },
  ],
} as Answer<'getRun'>

test('run: how it ended, job by job and step by step', () => {
  expect(runText(run, look)).toBe(`✗ run #12 failed: job test failed
/shop bbbbbbbb (main), asked for 3m ago by ana@local, id r1

✗ test failed (attempt 2): step 1 ended with exit code 3 1m
   ✓    1.5 s   npm ci
   ✗ 3  60.0 s  npm test

- package skipped`)
})

test('run: its result names the release and how to look at it', () => {
  expect(runResultText(run, null, look)).toBe('✗ run #12 failed: job test failed')
  const succeeded: typeof run = { ...run, state: 'succeeded', reason: '', release: digest('f') }
  expect(runResultText(succeeded, '12-bbbbbbb', look)).toBe(
    '✓ run #12 succeeded: release 12-bbbbbbb (lockflight release show 12-bbbbbbb)',
  )
})

test('run: a result without a release says what is true of the package jobs', () => {
  const job = run.jobs[1]!
  const resultWith = (...jobs: Partial<typeof job>[]) =>
    runResultText({ ...run, state: 'succeeded', jobs: jobs.map((each) => ({ ...job, ...each })) }, null, look)
  expect(resultWith({ stage: 'test' })).toBe('✓ run #12 succeeded; it has no package job, so there is no release')
  expect(resultWith({ reason: 'its condition is false: x' })).toBe(
    '✓ run #12 succeeded; its package job was skipped: package (its condition is false: x), so there is no release',
  )
  expect(resultWith({ name: 'a', reason: 'one' }, { name: 'b', reason: 'two' })).toBe(
    '✓ run #12 succeeded; its package jobs were skipped: a (one), b (two), so there is no release',
  )
  expect(resultWith({ state: 'succeeded' }, { reason: 'one' })).toBe(
    '✓ run #12 succeeded; no package job made an artifact, so there is no release',
  )
})

test('run: several jobs that failed have a line each', () => {
  const [failed] = run.jobs
  const jobs = [failed!, { ...failed!, name: 'lint', reason: 'timed out after 1s' }]
  const several = { ...run, jobs, reason: 'job test: step 1 ended with exit code 3; job lint: timed out after 1s' }
  expect(runResultText(several, null, look)).toBe(`✗ run #12 failed: 2 jobs failed
  test: step 1 ended with exit code 3
  lint: timed out after 1s`)
  expect(
    runText(several, look)
      .split('\n')
      .filter((line) => line.startsWith('✗')),
  ).toEqual([
    '✗ run #12 failed: 2 jobs failed',
    '✗ test failed (attempt 2): step 1 ended with exit code 3 1m',
    '✗ lint failed (attempt 2): timed out after 1s 1m',
  ])
})

test('runs: one line each, however long the reason', () => {
  const long = { ...run, reason: Array.from({ length: 10 }, (_, n) => `job number-${n}: it took too long`).join('; ') }
  const [first = '', second = ''] = runsText({ items: [run, long], next: null }, look).split('\n')
  expect(first).toMatch(/#12 .* bbbbbbbb .* 3m ago by ana@local +job test failed$/)
  expect(second).toMatch(/job number-0: it took too long; job .* …$/)
  expect(second.length).toBeLessThan(260)
})
