import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { opened } from '../rig/opened.ts'
import { startRun } from '../../src/app/start-run.ts'
import { reports } from '../../src/reports/index.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())

/** Everything that a start of a run could leave behind. */
async function traces() {
  const { rows } = await rig.pool.query(`
    select (select count(*)::int from run) as runs, (select count(*)::int from run_job) as jobs,
      (select coalesce(sum(runs), 0)::int from run_counter) as numbers, (select count(*)::int from release) as releases,
      (select count(*)::int from log_queue) as entries`)
  return { ...rows[0], queued: rig.jobs.length }
}
let before: Awaited<ReturnType<typeof traces>>
beforeEach(async () => {
  before = await traces()
})
const good = `build: { stage: build, steps: [{ run: 'true' }] }`

/** What starting says; it must leave nothing behind. */
async function refusalOf(start: () => Promise<unknown>) {
  const error = await start().then(
    () => new Error('it was let through'),
    (thrown: unknown) => thrown,
  )
  expect(await traces()).toEqual(before)
  return error
}

test('a repository that does not exist is refused by its name', async () => {
  const nowhere = join(rig.folder, 'nowhere')
  expect(await refusalOf(() => rig.start('main', nowhere))).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining(nowhere),
  })
  expect(await refusalOf(() => rig.start('main', rig.home))).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining(rig.home),
  })
})

test.each(['nope', '0'.repeat(40), 'refs/heads/nope'])(
  'a ref that does not exist is refused by its name: %s',
  async (ref) => {
    await rig.commit(good)
    expect(await refusalOf(() => rig.start(ref))).toMatchObject({
      code: 'not_found',
      message: `${ref} is not a branch, tag or commit of ${rig.repository.folder}`,
    })
  },
)

test.each([
  '-x',
  '--upload-pack=touch pwned',
  '-oProxyCommand=touch pwned',
  'main..other',
  'main~1',
  'a b',
  'x\ny',
  '@{-1}',
])('A20 a ref that git could take for something else is refused: %j', async (ref) => {
  await rig.commit(good)
  expect(await refusalOf(() => rig.start(ref))).toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('ref: expected the name of a branch or tag, or a commit id, found'),
  })
})

test.each(['ext::sh -c "touch pwned"', '--upload-pack=touch pwned', 'file:///etc', 'relative/path'])(
  'A20 an address that git could take for a command is refused: %s',
  async (address) => {
    expect(await refusalOf(() => rig.start('main', address))).toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('repository: expected an https or ssh URL or an absolute path, found'),
    })
  },
)

test('a commit without lockflight.yaml is refused, and says which file of which commit is missing', async () => {
  const commit = await rig.repository.commit({ files: { README: 'nothing here' } })
  expect(await refusalOf(() => rig.start())).toMatchObject({
    code: 'not_found',
    message: `lockflight.yaml is not in commit ${commit} of ${rig.repository.folder}; commit it, then run again`,
  })
})

test.each([
  ['of another project', 'project: shoe\n', 'lockflight.yaml: expected project shop, found shoe'],
  ['without a pipeline', 'project: shop\n', 'has no pipeline; add one, or run another commit'],
  ['in another encoding', '\u{FFFD}', 'lockflight.yaml is not a valid configuration'],
])('a lockflight.yaml %s is refused', async (_, text, message) => {
  await rig.repository.commit({ files: { 'lockflight.yaml': text } })
  expect(await refusalOf(() => rig.start())).toMatchObject({
    code: 'invalid',
    message: expect.stringContaining(message),
  })
})

test.each([
  [
    'jobs that need each other',
    'a: { stage: build, needs: [b], steps: [{ run: make }] }\nb: { stage: build, needs: [a], steps: [{ run: make }] }',
    ['lockflight.yaml:4:31: expected no cycle, found a → b → a'],
  ],
  [
    'a job that needs itself',
    'a: { stage: build, needs: [a], steps: [{ run: make }] }',
    ['lockflight.yaml:4:31: expected no cycle, found a → a'],
  ],
  [
    'a job that needs one that is not there',
    'a: { stage: build, needs: [b], steps: [{ run: make }] }',
    ['lockflight.yaml:4:32: expected a job of this pipeline, found b'],
  ],
  [
    'keys that nobody knows',
    'a: { stage: build, steps: [{ runs: make }], retry: 3 }',
    [
      'lockflight.yaml:4:32: expected `run`, text; found nothing',
      'lockflight.yaml:4:34: expected one of name, run, env, working-directory, allow-failure; found runs, did you mean run?',
      expect.stringContaining('lockflight.yaml:4:49: expected one of stage, needs, if, retries'),
    ],
  ],
  [
    'paths that leave the workspace (A17)',
    `a:
  stage: build
  steps: [{ run: make, working-directory: /etc }]
  artifacts: [{ name: app, path: ../../home/keys/provenance.pem }, { name: ../x, path: x }]
  reports: [{ use: junit, path: 'a/../../b' }]`,
    [
      'lockflight.yaml:6:47: expected a relative path that stays inside the workspace; found /etc',
      'lockflight.yaml:7:38: expected a relative path that stays inside the workspace; found ../../home/keys/provenance.pem',
      'lockflight.yaml:7:80: expected a plain file name (letters, digits, dot, dash, underscore); found ../x',
      'lockflight.yaml:8:37: expected a relative path that stays inside the workspace; found a/../../b',
    ],
  ],
  [
    'a report in a format that is not known',
    'a: { stage: build, steps: [{ run: make }], reports: [{ use: junit5, path: a.xml }] }',
    [`lockflight.yaml:4:65: expected one of ${Object.keys(reports).join(', ')}, found junit5, did you mean junit?`],
  ],
])('a pipeline with %s is refused, with the place', async (_, jobs, expected) => {
  await rig.commit(jobs)
  const refusal = (await refusalOf(() => rig.start())) as { problems: { at: string; message: string }[] }
  expect(refusal).toMatchObject({ code: 'invalid', message: 'lockflight.yaml is not a valid configuration' })
  expect(refusal.problems.map(({ at, message }) => `${at}: ${message}`)).toEqual(expected)
})

test('someone without the right to start runs learns nothing, and leaves only the denial behind', async () => {
  await rig.commit(good)
  const eve = await rig.addMember('eve', ['viewer'])
  const ask = { project: rig.project, repository: rig.repository.folder, ref: 'main' }
  await expect(startRun(rig.app, eve, ask)).rejects.toMatchObject({ code: 'forbidden' })
  expect((await traces()).runs).toBe(before.runs)
})
