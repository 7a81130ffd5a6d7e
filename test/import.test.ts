import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
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
