import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../src/client.ts'
import { runCommand } from './rig/cli.ts'
import { opened } from './rig/opened.ts'
import { startServer } from './rig/server.ts'

const rig = await opened(startServer())
const fixtures = resolve(import.meta.dirname, '../src/reports/fixtures')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-evidence-'))
  await mkdir(join(folder, 'reports'))
  await writeFile(join(folder, 'lockflight.yaml'), 'project: shop\n')
  await writeFile(join(folder, 'reports/lcov.info'), `SF:${folder}/src/a.js\nDA:1,1\nDA:2,0\nend_of_record\n`)
  await writeFile(join(folder, 'notes.txt'), 'all is well\n')
})
afterAll(() => rm(folder, { recursive: true }))

const lockflight = (...argv: string[]) =>
  runCommand(argv, {
    cwd: folder,
    env: { LOCKFLIGHT_HOME: folder, LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken },
  })
const json = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as { items: Record<string, unknown>[] }

test('another CI hands in reports from the command line, and they are listed with what they say', async () => {
  const { version } = await rig.build()
  const added = await lockflight(
    'evidence',
    'add',
    version,
    'reports/lcov.info',
    join(fixtures, 'pytest.xml'),
    '--json',
  )
  expect(added).toMatchObject({ code: 0, stderr: '' })
  expect(json(added).items).toMatchObject([
    {
      format: 'lcov',
      path: 'reports/lcov.info',
      job: null,
      by: 'admin@local',
      summary: { coverage: { lines: { covered: 1, total: 2 } } },
    },
    { format: 'junit', path: 'pytest.xml', summary: { tests: { total: 11, failed: 6 } } },
  ])
  const listed = await lockflight('evidence', 'list', version)
  expect(listed.stdout).toMatch(/lcov +reports\/lcov\.info +lines 50\.0% +admin@local/)
  expect(listed.stdout).toMatch(/junit +pytest\.xml +3 of 11 passed, 6 failed/)
  expect(listed.stdout).toMatch(/junit +package\/junit\.xml +3 of 3 passed/)
  const shown = await lockflight('release', 'show', version)
  expect(shown.stdout).toMatch(/report +lcov reports\/lcov\.info lines 50\.0%/)
})

test('a file that is no report, a missing file and a missing release are refused by name', async () => {
  const { version } = await rig.build()
  const unknown = await lockflight('evidence', 'add', version, 'notes.txt')
  expect(unknown.code).not.toBe(0)
  expect(unknown.stderr).toContain('notes.txt: expected a report in one of the formats junit, cobertura, lcov')
  expect((await lockflight('evidence', 'add', version, 'gone.xml')).stderr).toContain('expected a report at gone.xml')
  expect((await lockflight('evidence', 'add', version)).stderr).toContain('expected <file>')
  expect((await lockflight('evidence', 'add', '99-0000000', 'reports/lcov.info')).stderr).toContain('99-0000000')
})

test('a machine needs the grant to hand in evidence, and no more than that', async () => {
  const { version } = await rig.build()
  const content = (await readFile(join(fixtures, 'trivy.json'))).toString('base64')
  const hand = (token: string) =>
    createClient({ url: rig.url, token }).addEvidence({
      project: 'shop',
      release: version,
      files: [{ path: 'trivy.json', content }],
    })
  const narrow = await rig.tokenOf(rig.admin, {
    project: 'shop',
    permissions: ['evidence.add', 'project.read'],
  })
  expect(await hand(narrow)).toMatchObject({ items: [{ format: 'trivy' }] })
  const other = await rig.tokenOf(rig.admin, { project: 'shop', permissions: ['project.read'] })
  await expect(hand(other)).rejects.toMatchObject({ code: 'forbidden' })
  const denied = (await rig.logged()).filter(({ type }) => type === 'access.denied')
  expect(denied).toMatchObject([{ subject: 'addEvidence' }])
  expect(JSON.stringify(denied)).not.toContain(content.slice(0, 40))
})

test('reports may be larger than other requests, up to their own limit, and a path may not leave the repository', async () => {
  const { version } = await rig.build()
  const { addEvidence } = rig.clientOf(rig.adminToken)
  const one = '<testcase classname="suite.of.tests" name="a case with a name" time="0.001"/>\n'
  const large = Buffer.from(`<testsuite>${one.repeat(40_000)}</testsuite>`)
  const hand = (path: string, bytes: Buffer) =>
    addEvidence({ project: 'shop', release: version, files: [{ path, content: bytes.toString('base64') }] })
  expect(await hand('large.xml', large)).toMatchObject({ items: [{ summary: { tests: { total: 40_000 } } }] })
  for (const path of ['../a.xml', '/etc/passwd', 'a\\..\\b.xml', 'a\u202Eb.xml', '']) {
    await expect(hand(path, Buffer.from('<testsuites/>')), path).rejects.toMatchObject({ code: 'invalid' })
  }
  const announced = await rig.ask({
    method: 'POST',
    path: `/api/v1/projects/shop/releases/${version}/evidence`,
    token: rig.adminToken,
    headers: { 'content-type': 'application/json', 'content-length': '50000000' },
    body: '{}',
  })
  expect(announced.status).toBe(413)
})
