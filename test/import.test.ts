import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { digestOf } from '../src/core/digest.ts'
import { createCliShop, type CliShop } from './rig/cli-shop.ts'
import { githubProvenance, otherCi, workflow } from './rig/other-ci.ts'

const ci = otherCi()
const configuration = stringify({
  project: 'shop',
  environments: {
    prod: {
      gates: [
        { use: 'provenance', trust: ci.trust({ policy: { roots: [{ 'root-file': 'trust/root.json' }] } }) },
        { use: 'signature', by: [{ key: ci.pem }], 'transparency-log': false },
      ],
      deploy: { use: 'command', run: 'test "$(cat "$LOCKFLIGHT_ARTIFACTS/app.txt")" = "built elsewhere"' },
    },
  },
})

let shop: CliShop
beforeAll(async () => {
  shop = await createCliShop(configuration)
})
afterAll(() => shop.close())

const write = (name: string, text: string) => writeFile(join(shop.repository, name), text)

test('what another CI has built and signed is handed in, let in by policy, and deployed as exactly those bytes', async () => {
  const missing = await shop.lockflight('apply', '--yes')
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('trust/root.json') })
  await mkdir(join(shop.repository, 'trust'))
  await write(
    'trust/root.json',
    JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }),
  )
  expect(await shop.lockflight('apply', '--yes')).toMatchObject({ code: 0 })

  await write('app.txt', 'built elsewhere')
  const statement = githubProvenance([{ name: 'app.txt', digest: digestOf('built elsewhere') }])
  await write('app.sigstore.json', JSON.stringify(ci.attest(statement)))
  const imported = await shop.lockflight(
    'release',
    'import',
    'app.txt',
    '--bundle',
    'app.sigstore.json',
    '--version',
    'v1.0.0',
  )
  expect(imported).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${workflow.repository} ${'c'.repeat(40)} (main)`),
  })
  const again = ['release', 'import', 'app.txt', '--bundle', 'app.sigstore.json', '--version', 'v2.0.0']
  expect(await shop.lockflight(...again)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('as v1.0.0, and keeps that name; v2.0.0 names nothing'),
  })
  const promoted = await shop.lockflight('promote', 'v1.0.0', '--to', 'prod', '--wait')
  expect(promoted, promoted.stdout + promoted.stderr).toMatchObject({ code: 0 })
  const shown = await shop.lockflight('release', 'show', 'v1.0.0')
  expect(shown.stdout).toContain('imported')
  expect(shown.stdout).toContain('https://slsa.dev/provenance/v1')
})

test('the commands in docs/importing.md sign what the policy below them lets in, once both have signed', async () => {
  const docs = await readFile('docs/importing.md', 'utf8')
  const part = docs.slice(docs.indexOf('## With a key and openssl'))
  const [script, policy] = [/```sh\n([^]*?)```/.exec(part)![1]!, /```yaml\n([^]*?)```/.exec(part)![1]!]
  const program = join(import.meta.dirname, '../bin/lockflight')
  const sign = script.replace(/^lockflight /m, `'${process.execPath}' '${program}' `)
  const env = { PATH: process.env['PATH'], LOCKFLIGHT_HOME: shop.home, commit: 'c'.repeat(40) }
  const signed = async () => {
    await promisify(execFile)('bash', ['-c', sign], { cwd: shop.repository, env })
    return readFile(join(shop.repository, 'ci.pub'), 'utf8')
  }
  await write('app.tar.gz', 'signed by openssl')
  const keys = [await signed(), await signed()]
  const { gates } = parse(policy) as { gates: { trust: { signers: { key: string }[] } }[] }
  for (const [at, key] of keys.entries()) gates[0]!.trust.signers[at]!.key = key
  const deploy = { use: 'command', run: 'true' }
  await write('lockflight.yaml', stringify({ project: 'shop', environments: { prod: { gates, deploy } } }))
  expect(await shop.lockflight('apply', '--yes')).toMatchObject({ code: 0 })
  expect(await shop.lockflight('promote', 'v1.4.2', '--to', 'prod', '--wait')).toMatchObject({ code: 0 })
  gates[0]!.trust.signers[0]!.key = ci.pem
  await write('lockflight.yaml', stringify({ project: 'shop', environments: { prod: { gates, deploy } } }))
  expect(await shop.lockflight('apply', '--yes')).toMatchObject({ code: 0 })
  expect((await shop.lockflight('why', 'v1.4.2', '--to', 'prod')).stdout).toContain('expected 2 signers, found 1')
})
