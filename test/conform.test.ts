import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './rig/cli.ts'
import { opened } from './rig/opened.ts'

const folder = await mkdtemp(join(tmpdir(), 'lockflight-conform-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))

/** A document of each kind, as short as it can be. */
const documents: Record<string, string> = {
  statement: JSON.stringify({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'app', digest: { sha256: 'a'.repeat(64) } }],
    predicateType: 'https://example.com/type',
  }),
  policy: `
signers: [{ identity: a, issuer: 'https://b', builders: [c], build-types: [d] }]
sources: [{ repository: e, refs: [refs/heads/main] }]`,
  'lockflight-yaml': `
project: shop
environments: { dev: { deploy: { use: command, run: 'true' } } }`,
  junit: '<testsuite tests="1"><testcase name="a"/></testsuite>',
  cobertura:
    '<coverage line-rate="1" lines-covered="1" lines-valid="1"><sources/><packages><package name="p"><classes><class name="c" filename="a.py"><methods/><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>',
  lcov: 'SF:a.js\nDA:1,1\nend_of_record\n',
  sarif: JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'lint' } }, results: [] }] }),
  cyclonedx: JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [] }),
  cdevent: JSON.stringify({
    context: {
      specversion: '0.5.0',
      id: '1',
      source: '/shop',
      type: 'dev.cdevents.build.started.0.3.0',
      timestamp: '2026-11-23T10:00:00Z',
    },
    subject: { id: 'build-1', content: {} },
  }),
}
for (const [kind, text] of Object.entries(documents)) await writeFile(join(folder, kind), text)

const conform = (argv: string[], input?: string) =>
  runCommand(['conform', ...argv], { cwd: folder, env: {}, ...(input !== undefined && { input }) })

async function batch(cases: unknown[]) {
  const input = cases.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('')
  const { code, stdout } = await conform(['--batch'], input)
  return {
    code,
    verdicts: stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { verdict: string }),
  }
}

test('each kind of document is read as what it is, and as no other', async () => {
  const kinds = Object.keys(documents)
  const pairs = kinds.flatMap((as) => kinds.map((file) => ({ as, file })))
  const { code, verdicts } = await batch(pairs.map(({ as, file }) => ['parse', '--as', as, file]))
  expect(code).toBe(0)
  const accepted = pairs.filter((_, index) => verdicts[index]?.verdict === 'accepted')
  expect(accepted).toEqual(kinds.map((kind) => ({ as: kind, file: kind })))
})

test('one case ends with 0, 1 or something else, and says its verdict in one line', async () => {
  const [good, bad, none] = await Promise.all([
    conform(['parse', '--as', 'cdevent', 'cdevent']),
    conform(['parse', '--as', 'cdevent', 'sarif']),
    conform(['parse', '--as', 'cdevent', 'nowhere']),
  ])
  expect(good).toMatchObject({ code: 0, stdout: '{"verdict":"accepted","reason":"","detail":""}\n' })
  expect(bad).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^\{"verdict":"refused","reason":"event.malformed".*\}\n$/),
  })
  expect(none).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nowhere') })
})

test('what is no case is answered in its place, and those after it are decided', async () => {
  const { code, verdicts } = await batch([
    ['parse', '--as', 'lcov', 'lcov'],
    ['parse', '--as', 'lcov', 'nowhere'],
    ['poem'],
    '{"parse":1}',
    'no JSON',
    ['parse', '--as', 'lcov', 'sarif'],
  ])
  expect(verdicts.map(({ verdict }) => verdict)).toEqual([
    'accepted',
    'failed',
    'failed',
    'failed',
    'failed',
    'refused',
  ])
  expect(code).toBe(2)
})
