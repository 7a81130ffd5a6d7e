import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPipelines, type PipelinesRig, type Went } from '../rig/pipelines.ts'

const noFile = (what: string, path: string) =>
  `${what}: expected a regular file at ${path}, found none after the last step (links are not followed)`
const written = (report: string) =>
  `steps: [{ run: 'echo "${report.replaceAll('"', '\\"')}" > r.xml' }], reports: [{ use: junit, path: r.xml }]`
const inReport = 'report r.xml: '

/** Jobs that all run to their end and leave something that cannot be taken: what, how, and what people are told. */
const bad = {
  'no-artifact': ['steps: [{ run: touch ap }], artifacts: [{ name: app, path: app }]', noFile('artifact app', 'app')],
  'a-folder': ['steps: [{ run: mkdir app }], artifacts: [{ name: app, path: app }]', noFile('artifact app', 'app')],
  'a-pipe': ['steps: [{ run: mkfifo app }], artifacts: [{ name: app, path: app }]', noFile('artifact app', 'app')],
  'a17-link-out': [
    'steps: [{ run: ln -s /etc/hostname app }], artifacts: [{ name: app, path: app }]',
    noFile('artifact app', 'app'),
  ],
  'a17-folder-out': [
    'steps: [{ run: ln -s /etc out }], artifacts: [{ name: app, path: out/hostname }]',
    noFile('artifact app', 'out/hostname'),
  ],
  'no-output': ["steps: [{ run: 'true' }], outputs: [it]", noFile('output it', '$LOCKFLIGHT_OUTPUTS/it')],
  'no-report': ["steps: [{ run: 'true' }], reports: [{ use: junit, path: r.xml }]", noFile('junit report', 'r.xml')],
  'a19-empty': ['steps: [{ run: touch r.xml }], reports: [{ use: junit, path: r.xml }]', inReport],
  'a19-cut-off': [written('<testsuites><testsuite name="a"><testcase name="b"/>'), inReport],
  'a19-miscounted': [written('<testsuite tests="2" failures="0"><testcase name="b"/></testsuite>'), inReport],
  'a19-large': [
    'steps: [{ run: truncate -s 65M r.xml }], reports: [{ use: junit, path: r.xml }]',
    'expected at most 67108864 bytes',
  ],
} as const

const bombs = {
  'a19-growing-entities': `<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a0 "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY a${n + 1} "&a${n};&a${n};">`).join('')}]>
<testsuite tests="1"><testcase name="&a30;"/></testsuite>`,
  'a19-entity-from-file': `<!DOCTYPE b [<!ENTITY f SYSTEM "file:///etc/hostname">]><testsuite tests="1"><testcase name="&f;"/></testsuite>`,
  'a19-deep': `${'<testsuite>'.repeat(200_000)}${'</testsuite>'.repeat(200_000)}`,
}

let rig: PipelinesRig
let went: Went
beforeAll(async () => {
  rig = await startPipelines()
  const jobs = [
    ...Object.entries(bad).map(([name, [rest]]) => `${name}: { stage: package, ${rest} }`),
    ...Object.keys(bombs).map(
      (name) => `${name}: { stage: package, steps: [{ run: 'true' }], reports: [{ use: junit, path: ${name}.xml }] }`,
    ),
  ]
  const files = Object.entries(bombs).map(([name, xml]) => [`${name}.xml`, xml])
  went = await rig.run(jobs.join('\n'), { files: Object.fromEntries(files) as Record<string, string> })
})
afterAll(() => rig.stop())

test.each(Object.entries(bad))(
  'what job %s leaves is refused by name, and nothing of it is kept',
  (name, [, reason]) => {
    expect(went.jobs[name]).toMatchObject({ state: 'failed', artifacts: [], reports: [], outputs: {} })
    expect(went.jobs[name]!.reason).toContain(reason)
  },
)

test.each(Object.keys(bombs))('the report of job %s is refused by name', (name) => {
  expect(went.jobs[name]).toMatchObject({ state: 'failed', reports: [] })
  expect(went.jobs[name]!.reason).toContain(`report ${name}.xml: `)
})

test('a run with failed jobs tells of each, and makes no release', async () => {
  expect(went.run).toMatchObject({ state: 'failed', release: null })
  for (const name of [...Object.keys(bad), ...Object.keys(bombs)]) expect(went.run.reason).toContain(`job ${name}: `)
})

test('two package jobs with an artifact of the same name make no release, and both are named', async () => {
  const { run } = await rig.run(`
left: { stage: package, steps: [{ run: echo l > l }], artifacts: [{ name: app, path: l }] }
right: { stage: package, steps: [{ run: echo r > r }], artifacts: [{ name: app, path: r }] }
`)
  expect(run).toMatchObject({
    state: 'failed',
    reason: 'package jobs left and right both made an artifact named app; rename one',
    release: null,
  })
})

test('nothing of a failed run becomes a release, even when it packed something before', async () => {
  const { run, jobs } = await rig.run(`
pack: { stage: package, steps: [{ run: echo app > app }], artifacts: [{ name: app, path: app }] }
check: { stage: test, needs: [pack], steps: [{ run: exit 1 }] }
`)
  expect(jobs['pack']!.artifacts).toHaveLength(1)
  expect(run).toMatchObject({ state: 'failed', release: null })
  expect(await rig.app.store.read((tx) => tx.releases.list({ project: rig.project, limit: 10 }))).toEqual([])
  expect((await rig.entries()).filter(({ type }) => type === 'release.created')).toEqual([])
})
