import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { opened } from '../rig/opened.ts'
import { getRelease } from '../../src/app/get-release.ts'
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

test('a release has the reports of all its jobs, with the paths of tools that write absolute ones', async () => {
  const artifactLocation = { uri: 'file://WORKSPACE/src/a.js' }
  const locations = [{ physicalLocation: { artifactLocation, region: { startLine: 2 } } }]
  const results = [{ ruleId: 'no-eval', message: { text: 'eval' }, locations }]
  const sarif = { version: '2.1.0', runs: [{ tool: { driver: { name: 'Lint' } }, results }] }
  const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library', name: 'saxes' }] }
  const files = {
    'lcov.info': 'SF:WORKSPACE/src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n',
    'lint.sarif': JSON.stringify(sarif),
    'bom.json': JSON.stringify(bill),
  }
  const { run } = await rig.run(
    `
check:
  stage: test
  steps: [{ run: 'sed -i "s#WORKSPACE#$PWD#" lcov.info lint.sarif' }]
  reports: [{ use: lcov, path: lcov.info }, { use: sarif, path: lint.sarif }, { use: cyclonedx, path: bom.json }]
pack: { stage: package, needs: [check], steps: [{ run: date +%N > app }], artifacts: [{ name: app, path: app }] }
`,
    { files },
  )
  expect(run.reason).toBe('')
  const release = await getRelease(rig.app, rig.admin, { project: 'shop', release: run.release! })
  const of = (format: string) => release.reports.find((each) => each.format === format)!.results
  expect(of('lcov').coverage!.files).toEqual([{ path: 'src/a.js', covered: '1', uncovered: '2' }])
  expect(of('sarif').findings).toMatchObject([{ rule: 'no-eval', where: 'src/a.js:2' }])
  expect(of('cyclonedx').components).toMatchObject([{ name: 'saxes' }])
  expect(release.attestations.map(({ predicateType }) => predicateType ?? '').toSorted()).toEqual([
    'https://cyclonedx.org/bom',
    ...Array.from({ length: 3 }, () => 'https://lockflight.dev/report/v1'),
    'https://slsa.dev/provenance/v1',
  ])
})

test('a pipeline that packages nothing succeeds and says that there is no release', async () => {
  const { run } = await rig.run(`check: { stage: test, steps: [{ run: 'true' }] }`)
  expect(run).toMatchObject({
    state: 'succeeded',
    release: null,
    reason: 'no package job made an artifact, so there is no release',
  })
})
