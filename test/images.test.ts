import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageText, type Image } from '../src/core/image.ts'
import { runCommand } from './rig/cli.ts'
import { opened } from './rig/opened.ts'
import { githubProvenance, otherCi, workflow } from './rig/other-ci.ts'
import { pusher, startRegistry } from './rig/registry.ts'
import { startServer } from './rig/server.ts'

const rig = await opened(startServer())
const ci = otherCi()
let registry: Awaited<ReturnType<typeof startRegistry>>
let folder: string
let image: Image

beforeAll(async () => {
  registry = await startRegistry()
  folder = await mkdtemp(join(tmpdir(), 'lockflight-images-'))
  await mkdir(join(folder, 'elsewhere'))
  const push = pusher(registry.host, 'team/web')
  image = await push.image('the web')
  await push.refer(image, [ci.attest(githubProvenance([{ name: 'web', digest: image.digest }]))])
  const gates = [{ use: 'provenance', trust: ci.trust() }]
  const environments = { prod: { gates, deploy: { use: 'target' } } }
  const text = JSON.stringify({ project: 'shop', registries: { [registry.host]: { attach: true } }, environments })
  await rig.clientOf(rig.adminToken).applyRevision({ project: 'shop', text })
})
afterAll(async () => {
  await registry.stop()
  await rm(folder, { recursive: true })
})

const here = (...argv: string[]) => {
  const env = { LOCKFLIGHT_HOME: folder, LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken }
  return runCommand([...argv, '--project', 'shop'], { cwd: folder, env })
}
const stranger = (...argv: string[]) =>
  runCommand(['verify', ...argv, '--project', 'shop'], {
    cwd: join(folder, 'elsewhere'),
    env: { LOCKFLIGHT_HOME: join(folder, 'elsewhere/home') },
  })

test('an image is handed in, promoted, exported, and checked by who never saw server or registry', async () => {
  const imported = await here('release', 'import', imageText(image), '--version', 'v1.0.0')
  expect(imported, imported.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(imageText(image)) })
  expect(imported.stdout).toContain(workflow.repository)
  const promoted = await here('promote', 'v1.0.0', '--to', 'prod')
  expect(promoted, promoted.stderr).toMatchObject({ code: 0 })
  await rig.drain()
  const shown = await here('release', 'show', 'v1.0.0')
  expect(shown.stdout).toMatch(new RegExp(`image +${imageText(image)}`))
  expect(shown.stdout).toMatch(new RegExp(`attached +to ${imageText(image)} as sha256:`))

  expect(await here('release', 'export', 'v1.0.0', 'elsewhere/signed')).toMatchObject({ code: 0 })
  const readme = await readFile(join(folder, 'elsewhere/signed/README.md'), 'utf8')
  expect(readme).toContain(`lockflight verify ${imageText(image)} --project shop --env prod --bundles .`)
  for (const name of [imageText(image), image.digest]) {
    const { code, stdout, stderr } = await stranger(name, '--env', 'prod', '--bundles', 'signed')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/passed +the gates of prod at /)
  }
  const other = await stranger(
    imageText({ ...image, digest: `sha256:${'0'.repeat(64)}` }),
    '--env',
    'prod',
    '--bundles',
    'signed',
  )
  expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('is not proven') })
})

test('A10 a tag is no image to hand in or to check, and the answer says what to do', async () => {
  const tag = `${registry.host}/team/web:latest`
  for (const refused of [
    await here('release', 'import', tag),
    await stranger(tag, '--env', 'prod', '--bundles', 'signed'),
  ]) {
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toContain(`docker buildx imagetools inspect ${tag}`)
  }
})

test('files still need what was signed about them', async () => {
  expect(await here('release', 'import', 'app.tgz')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected --bundle, found none'),
  })
})
