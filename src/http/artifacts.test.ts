import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../test/rig/server.ts'
import { digestOf } from '../core/digest.ts'

let rig: Awaited<ReturnType<typeof startServer>>
let path: string
const bytes = 'the bytes of a release '.repeat(10_000)

beforeAll(async () => {
  rig = await startServer()
  const file = join(rig.folder, 'made-here')
  await writeFile(file, bytes)
  await rig.app.artifacts.put(file)
  const release = await rig.build({ bytes })
  path = `/api/v1/projects/shop/releases/${encodeURIComponent(release.digest)}/artifacts/shop.tar.gz`
})
afterAll(() => rig.stop())

test('an artifact comes as the bytes it was, under headers that do nothing in a browser (A17)', async () => {
  const { status, headers, text } = await rig.ask({ path, token: rig.adminToken })
  expect(status).toBe(200)
  expect(digestOf(text)).toBe(digestOf(bytes))
  const digest = Buffer.from(digestOf(bytes).slice(7), 'hex').toString('base64')
  expect(headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-length': String(bytes.length),
    'content-disposition': 'attachment; filename="shop.tar.gz"',
    'repr-digest': `sha-256=:${digest}:`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
})

test('F28 bytes that changed on disk are not sent, and what happened is reported', async () => {
  const changed = 'changed on disk '.repeat(1000)
  const file = join(rig.folder, 'made-here-too')
  await writeFile(file, changed)
  const { digest } = await rig.app.artifacts.put(file)
  const release = await rig.build({ bytes: changed })
  const names = await readdir(rig.folder, { recursive: true })
  const stored = join(
    rig.folder,
    names.find((name) => name.endsWith(digest.slice(-16)))!,
  )
  await chmod(stored, 0o600)
  await writeFile(stored, changed.replace('changed', 'CHANGED'))
  const asked = path.replace(/sha256[^/]+/, encodeURIComponent(release.digest))
  const { status, text } = await rig.ask({ path: asked, token: rig.adminToken })
  expect(status).toBeGreaterThanOrEqual(400)
  expect(text).not.toContain('on disk')
})

test.each([
  'other.tar.gz',
  '..%2f..%2fetc%2fpasswd',
  'shop.tar.gz%00',
  'shop.tar.gz%0d%0aset-cookie:x',
  '..',
  '%2e%2e',
])('A17 the artifact %j is not there', async (name) => {
  const { status } = await rig.ask({ path: path.replace('shop.tar.gz', name), token: rig.adminToken })
  expect([400, 404]).toContain(status)
})

test('A09 the artifact of a project one may not read is not there', async () => {
  const { token } = await rig.login('stranger', [])
  expect((await rig.ask({ path, token })).status).toBe(404)
})
