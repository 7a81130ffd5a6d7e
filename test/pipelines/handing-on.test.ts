import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { opened } from '../rig/opened.ts'
import { digestOf } from '../../src/core/digest.ts'
import { startPipelines } from '../rig/pipelines.ts'

const rig = await opened(startPipelines())

test('outputs reach the jobs that need them, as they are, and no others', async () => {
  const { run, jobs } = await rig.run(`
build-app:
  stage: build
  outputs: [version, odd-text, empty]
  steps:
    - run: echo 1.10 > $LOCKFLIGHT_OUTPUTS/version; touch $LOCKFLIGHT_OUTPUTS/empty
    - run: printf '%s\\n' '  two' 'lines $(id) "é" ' > $LOCKFLIGHT_OUTPUTS/odd-text
    - run: echo kept for nobody > $LOCKFLIGHT_OUTPUTS/other
use:
  stage: test
  needs: [build-app]
  steps: [{ run: 'env -0 | sort -z | grep -z ^OUTPUT_ | tr "\\0" "|"' }]
stranger:
  stage: test
  steps: [{ run: 'env | grep ^OUTPUT_ || echo none' }]
indirect:
  stage: test
  needs: [use]
  steps: [{ run: 'env | grep ^OUTPUT_ || echo none' }]
`)
  expect(run.state).toBe('succeeded')
  const odd = '  two\nlines $(id) "é" '
  expect(jobs['build-app']!.outputs).toEqual({ version: '1.10', 'odd-text': odd, empty: '' })
  expect(await rig.log(run.id, 'use')).toContain(
    `\nOUTPUT_BUILD_APP_EMPTY=|OUTPUT_BUILD_APP_ODD_TEXT=${odd}|OUTPUT_BUILD_APP_VERSION=1.10|`,
  )
  expect(await rig.log(run.id, 'build-app')).toContain('outputs that the job does not declare are not kept: "other"\n')
  for (const job of ['stranger', 'indirect']) expect(await rig.log(run.id, job)).toMatch(/\nnone\n$/)
})

test('artifacts reach the jobs that need them, and the release has those of package jobs by their digest', async () => {
  const { run, jobs } = await rig.run(`
compile:
  stage: build
  steps: [{ run: mkdir out; printf object > out/app.o }]
  artifacts: [{ name: app.o, path: out/app.o }]
pack:
  stage: package
  needs: [compile]
  steps: [{ run: cat $LOCKFLIGHT_ARTIFACTS/app.o > app.bin; printf ' linked' >> app.bin; ls $LOCKFLIGHT_ARTIFACTS }]
  artifacts: [{ name: app.bin, path: app.bin }]
docs:
  stage: package
  steps: [{ run: printf manual > manual.txt; ls -A $LOCKFLIGHT_ARTIFACTS }]
  artifacts: [{ name: manual.txt, path: ./manual.txt }]
`)
  expect(run.state).toBe('succeeded')
  const object = { name: 'app.o', digest: digestOf('object'), sizeBytes: 6 }
  const linked = { name: 'app.bin', digest: digestOf('object linked'), sizeBytes: 13 }
  const manual = { name: 'manual.txt', digest: digestOf('manual'), sizeBytes: 6 }
  expect(jobs['compile']!.artifacts).toEqual([object])
  expect(jobs['pack']!.artifacts).toEqual([linked])
  expect(await rig.log(run.id, 'pack')).toMatch(/\napp\.o\n$/)
  expect(await rig.log(run.id, 'docs')).toMatch(/manual\.txt.*\n$/)
  const release = await rig.app.store.read((tx) => tx.releases.get(rig.project, run.release!))
  expect(release.artifacts.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([linked, manual])
  for (const { digest } of release.artifacts) {
    expect(digestOf(await rig.app.artifacts.read(digest, 100))).toBe(digest)
  }
})

test('reports are read and kept, also of tests that failed', async () => {
  const fixture = await readFile(join(import.meta.dirname, '../../src/reports/fixtures/vitest.xml'), 'utf8')
  const { run, jobs } = await rig.run(
    `
unit:
  stage: test
  steps:
    - run: mkdir reports; cp fixture.xml reports/junit.xml; exit 1
      allow-failure: true
  reports: [{ use: junit, path: reports/junit.xml }]
pack:
  stage: package
  needs: [unit]
  steps: [{ run: date +%N > app }]
  artifacts: [{ name: app, path: app }]
`,
    { files: { 'fixture.xml': fixture } },
  )
  expect(run.state).toBe('succeeded')
  const digest = digestOf(fixture)
  const [report] = jobs['unit']!.reports
  expect(report).toMatchObject({ format: 'junit', job: 'unit', path: 'reports/junit.xml', digest })
  expect(report!.results.tests!.failed).toBeGreaterThan(0)
  expect(Buffer.from(await rig.app.artifacts.read(digest, 1e6)).toString()).toBe(fixture)
})

test('a pipeline that packages nothing succeeds and says that there is no release', async () => {
  const { run } = await rig.run(`check: { stage: test, steps: [{ run: 'true' }] }`)
  expect(run).toMatchObject({
    state: 'succeeded',
    release: null,
    reason: 'no package job made an artifact, so there is no release',
  })
})
