import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processesOf } from '../rig/deployers.ts'
import { openMeeting, type Meeting } from '../rig/meeting.ts'
import { opened } from '../rig/opened.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())
let meeting: Meeting
beforeEach(async () => {
  meeting = await openMeeting()
})
afterEach(() => meeting.end())

test('each job gets a fresh checkout of exactly the commit, not of what came after it', async () => {
  const jobs = `
one:
  stage: build
  steps:
    - run: cat greeting; git status --porcelain; git rev-parse HEAD; echo spoilt > greeting; touch left-over
two:
  stage: build
  needs: [one]
  steps:
    - run: cat greeting; ls
`
  const commit = await rig.commit(jobs, { files: { greeting: 'hello' } })
  const { id } = await rig.start(commit)
  await rig.commit(jobs, { files: { greeting: 'later' } })
  await rig.drain()
  const { run } = await rig.went(id)
  expect(run).toMatchObject({ state: 'succeeded', source: { commit, branch: null } })
  expect(await rig.log(id, 'one')).toContain(`\nhello${commit}\n`)
  expect(await rig.log(id, 'two')).toMatch(/\nhellogreeting\nlockflight.yaml\n$/)
})

test('a job has the variables that are declared for it, the documented ones, and no other', async () => {
  const files = {
    'lockflight.yaml': `
project: shop
pipeline:
  env: { LEVEL: pipeline, MODE: pipeline }
  jobs:
    look:
      stage: test
      env: { LEVEL: job, COLOUR: red }
      steps:
        - run: env
          env: { LEVEL: step }
        - run: echo "LEVEL again=$LEVEL"
`,
  }
  const { run } = await rig.run('', { files })
  const log = await rig.log(run.id, 'look')
  const found = [...log.matchAll(/^([A-Z_a-z]+)=(.*)$/gm)].map(([, name, value]) => [name, value])
  const variables = Object.fromEntries(found) as Record<string, string>
  const declared = 'COLOUR LEVEL MODE'
  const ours = 'ARTIFACTS BRANCH COMMIT JOB OUTPUTS PROJECT RUN RUN_NUMBER WORKSPACE'.replaceAll(
    /\w+/g,
    'LOCKFLIGHT_$&',
  )
  const basic = 'CI HOME LANG PATH TMPDIR'
  const ofBash = 'PWD SHLVL _'
  expect(Object.keys(variables).toSorted()).toEqual(`${declared} ${ours} ${basic} ${ofBash}`.split(' ').toSorted())
  expect(variables).toMatchObject({
    LEVEL: 'step',
    MODE: 'pipeline',
    COLOUR: 'red',
    LOCKFLIGHT_PROJECT: 'shop',
    LOCKFLIGHT_RUN: run.id,
    LOCKFLIGHT_RUN_NUMBER: String(run.number),
    LOCKFLIGHT_JOB: 'look',
    LOCKFLIGHT_COMMIT: run.source.commit,
    LOCKFLIGHT_BRANCH: 'main',
  })
  expect(log).toContain('LEVEL again=job\n')
})

test('jobs run in parallel where `needs` allows, and one that needs both comes after both', async () => {
  const job = (name: string, needs = '[]') => `
${name}: { stage: build, needs: ${needs}, steps: [{ run: '${meeting.come(name)}' }] }`
  await rig.commit(job('left') + job('right') + job('last', '[left, right]'))
  const { id } = await rig.start()
  const done = rig.drain()
  await Promise.all([meeting.arrival('left'), meeting.arrival('right')])
  meeting.release('left')
  await meeting.departure('left')
  meeting.release('right', 'last')
  await done
  expect(meeting.names().at(-1)).toBe('last')
  const { run, jobs } = await rig.went(id)
  expect(run.state).toBe('succeeded')
  expect(jobs['last']!.startedAt!.getTime()).toBeGreaterThanOrEqual(jobs['right']!.finishedAt!.getTime())
})

test('a job whose `if` is false is skipped, with what needs it, and the run still succeeds', async () => {
  const { run, jobs } = await rig.run(`
look: { stage: build, outputs: [changed], steps: [{ run: echo no > $LOCKFLIGHT_OUTPUTS/changed }] }
here: { stage: build, if: branch == "main", steps: [{ run: 'true' }] }
changed: { stage: build, needs: [look], if: needs.look.outputs.changed == "yes", steps: [{ run: 'false' }] }
after: { stage: build, needs: [changed], steps: [{ run: 'false' }] }
`)
  expect(run.state).toBe('succeeded')
  expect(jobs['here']!.state).toBe('succeeded')
  expect(jobs['changed']).toMatchObject({
    state: 'skipped',
    attempt: 0,
    reason: 'its condition is false: needs.look.outputs.changed == "yes"',
  })
  expect(jobs['after']).toMatchObject({ state: 'skipped', reason: 'changed, which it needs, was skipped' })
})

test('an `if` that cannot be answered fails its job and says why', async () => {
  const { run, jobs } = await rig.run(`
look: { stage: build, outputs: [changed], steps: [{ run: echo yes > $LOCKFLIGHT_OUTPUTS/changed }] }
odd: { stage: build, needs: [look], if: needs.look.outputs.changed, steps: [{ run: 'true' }] }
`)
  expect(run.state).toBe('failed')
  expect(jobs['odd']).toMatchObject({ state: 'failed', reason: expect.stringContaining('it came to text') })
})

test('a flaky job succeeds at its second attempt, and each attempt keeps its log', async () => {
  meeting.release('flaky')
  const { run, jobs } = await rig.run(`
flaky:
  stage: test
  retries: 3
  steps:
    - run: '${meeting.come('flaky')}'
    - run: echo "this is visit $(cat visit 2> /dev/null) $LOCKFLIGHT_JOB"; touch visit
    - run: '${meeting.come('flaky')}; echo "attempt with visit $visit"; ((visit > 2))'
`)
  expect(run.state).toBe('succeeded')
  expect(jobs['flaky']).toMatchObject({ state: 'succeeded', attempt: 2, interruptions: 0, reason: '' })
  expect(await rig.log(run.id, 'flaky', 1)).toMatch(/^== exec [^]*\nattempt with visit 2\n$/)
  expect(await rig.log(run.id, 'flaky', 2)).toMatch(
    /^== attempt 2: attempt 1 failed: step 3 .* exited with 1\n== exec /,
  )
  expect(await rig.log(run.id, 'flaky', 2)).toContain('attempt with visit 4\n')
  expect(await rig.log(run.id, 'flaky', 2)).not.toContain('attempt with visit 2\n')
})

test('a job that fails at every attempt fails the run, with the step and its exit code', async () => {
  const { run, jobs } = await rig.run(`
hopeless: { stage: test, retries: 2, steps: [{ name: try, run: exit 7 }] }
other: { stage: test, steps: [{ run: 'true' }] }
after: { stage: package, needs: [hopeless], steps: [{ run: 'true' }] }
`)
  expect(run).toMatchObject({ state: 'failed', reason: 'job hopeless: step 1 "try" exited with 7', release: null })
  expect(jobs['hopeless']).toMatchObject({ state: 'failed', attempt: 3 })
  expect(jobs['other']).toMatchObject({ state: 'succeeded' })
  expect(jobs['after']).toMatchObject({ state: 'skipped', attempt: 0 })
})

test('a job that takes too long is ended, and its run fails with the reason', async () => {
  const { run } = await rig.run(`
slow: { stage: test, timeout: 1s, steps: [{ run: 'true' }, { name: wait, run: '${meeting.come('slow')}' }] }
`)
  expect(run).toMatchObject({
    state: 'failed',
    reason: 'job slow: timed out after 1s during step 2 "wait"; it was ended by SIGTERM',
  })
  await meeting.departure('slow')
})

test('nothing that a job started survives it, whatever it did to stay', async () => {
  const mark = `survivor-${randomUUID()}`
  const { run } = await rig.run(`
parent:
  stage: build
  steps:
    - run: |
        (exec -a ${mark} sleep 1000) &
        setsid --fork bash -c 'exec -a ${mark} sleep 1000' < /dev/null > /dev/null 2>&1
        env -i setsid --fork bash -c 'trap "" TERM HUP; exec -a ${mark} sleep 1000' < /dev/null > /dev/null 2>&1
        nohup bash -c 'exec -a ${mark} sleep 1000' > /dev/null 2>&1 &
    - run: until [ "$(grep --text -l '[s]${mark.slice(1)}' /proc/[0-9]*/cmdline 2> /dev/null | wc -l)" -ge 4 ]; do :; done
`)
  expect(run.state).toBe('succeeded')
  expect(await processesOf(mark)).toEqual([])
})
