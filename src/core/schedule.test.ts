import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JobDefinition, Pipeline } from './pipeline.ts'
import type { RunJob } from './run.ts'
import { schedule } from './schedule.ts'

const source = { repository: '/r', commit: 'a'.repeat(40), branch: 'main' }

function pipelineOf(jobs: Record<string, Partial<JobDefinition>>): Pipeline {
  const definition = (given: Partial<JobDefinition>): JobDefinition => ({
    stage: 'build',
    needs: [],
    retries: 0,
    timeout: '1m',
    secrets: [],
    steps: [{ run: 'true', 'allow-failure': false }],
    outputs: [],
    reports: [],
    artifacts: [],
    ...given,
  })
  return { jobs: Object.fromEntries(Object.entries(jobs).map(([name, given]) => [name, definition(given)])) }
}

function jobOf(name: string, state: RunJob['state'], outputs: Record<string, string> = {}): RunJob {
  const times = { startedAt: null, finishedAt: null }
  return {
    run: 'r',
    name,
    state,
    attempt: 1,
    interruptions: 0,
    reason: '',
    outputs,
    artifacts: [],
    reports: [],
    ...times,
  }
}

test('a job starts when everything it needs has succeeded, and not before', () => {
  const pipeline = pipelineOf({ build: {}, lint: {}, pack: { needs: ['build', 'lint'] } })
  const start = (build: RunJob['state'], lint: RunJob['state']) =>
    schedule(pipeline, source, [jobOf('build', build), jobOf('lint', lint), jobOf('pack', 'pending')]).start
  expect(start('running', 'succeeded')).toEqual([])
  expect(start('succeeded', 'succeeded')).toEqual(['pack'])
})

test('a job whose need failed or was skipped is skipped, and says because of which', () => {
  const pipeline = pipelineOf({ build: {}, pack: { needs: ['build'] } })
  const { end } = schedule(pipeline, source, [jobOf('build', 'failed'), jobOf('pack', 'pending')])
  expect(end).toEqual([{ name: 'pack', state: 'skipped', reason: 'build, which it needs, was not successful' }])
})

test('a condition decides over branch and outputs', () => {
  const pipeline = pipelineOf({
    build: {},
    pack: { needs: ['build'], if: 'branch == "main" && needs.build.outputs.ready == "yes"' },
  })
  const jobs = (ready: string) => [jobOf('build', 'succeeded', { ready }), jobOf('pack', 'pending')]
  expect(schedule(pipeline, source, jobs('yes')).start).toEqual(['pack'])
  expect(schedule(pipeline, source, jobs('no')).end).toMatchObject([{ name: 'pack', state: 'skipped' }])
})

test('a condition that is no truth value fails the job instead of running or skipping it', () => {
  for (const expression of ['branch', 'needs.nobody.outputs.x == "1"', '1 +']) {
    const pipeline = pipelineOf({ pack: { if: expression } })
    const { start, end } = schedule(pipeline, source, [jobOf('pack', 'pending')])
    expect(start).toEqual([])
    expect(end).toMatchObject([{ name: 'pack', state: 'failed' }])
  }
})

test('a branch name is only ever a value of a condition (A20)', () => {
  const pipeline = pipelineOf({ pack: { if: 'branch == "main"' } })
  const hostile = { ...source, branch: 'x" || true || "' }
  expect(schedule(pipeline, hostile, [jobOf('pack', 'pending')]).end).toMatchObject([{ state: 'skipped' }])
})

test('every pipeline without a circle runs to its end, each job after what it needs', () => {
  const graph = fc
    .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
    .map((needs) => needs.map((each, index) => (index === 0 ? [] : [...new Set(each.map((n) => `j${n % index}`))])))
  fc.assert(
    fc.property(graph, fc.infiniteStream(fc.boolean()), (needs, outcomes) => {
      const pipeline = pipelineOf(Object.fromEntries(needs.map((need, index) => [`j${index}`, { needs: need }])))
      const states = new Map(needs.map((_, index) => [`j${index}`, jobOf(`j${index}`, 'pending')]))
      for (let round = 0; round <= needs.length * 2; round++) {
        const { start, end } = schedule(pipeline, source, [...states.values()])
        for (const { name, state } of end) states.set(name, jobOf(name, state))
        for (const name of start) {
          const needed = (pipeline.jobs[name]?.needs ?? []).map((need) => states.get(need)?.state)
          expect(needed.every((state) => state === 'succeeded')).toBe(true)
          states.set(name, jobOf(name, outcomes.next().value ? 'succeeded' : 'failed'))
        }
      }
      expect([...states.values()].filter(({ state }) => state === 'pending')).toEqual([])
    }),
  )
})
