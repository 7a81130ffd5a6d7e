import { createHash, createPublicKey, verify } from 'node:crypto'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { digestOf, digestOfJson } from '../src/core/digest.ts'
import { runCommand } from './rig/cli.ts'
import { opened } from './rig/opened.ts'
import { githubProvenance, otherCi } from './rig/other-ci.ts'
import { startServer } from './rig/server.ts'

const rig = await opened(startServer())
const bytes = 'the bytes of the shop'
let folder: string
/** A machine that has never seen the server: what was copied there, and nothing else. */
let elsewhere: string
let version: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-verify-'))
  elsewhere = join(folder, 'elsewhere')
  await mkdir(elsewhere)
  const release = await rig.build({ bytes })
  version = release.version
  await rig.drain()
  const stg = { project: 'shop', environment: 'stg', release: release.digest, class: 'standard', reason: '' } as const
  await requestPromotion(rig.app, rig.admin, stg)
  await rig.drain()
  await writeFile(join(elsewhere, 'shop.tar.gz'), bytes)
  await here('release', 'export', version, 'elsewhere/signed')
  await writeFile(join(elsewhere, 'kept.json'), (await here('keys', '--json')).stdout)
})
afterAll(() => rm(folder, { recursive: true }))

const here = (...argv: string[]) => {
  const env = { LOCKFLIGHT_HOME: folder, LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken }
  return runCommand([...argv, '--project', 'shop'], { cwd: folder, env })
}
const stranger = (...argv: string[]) =>
  runCommand(['verify', ...argv, '--project', 'shop'], {
    cwd: elsewhere,
    env: { LOCKFLIGHT_HOME: join(elsewhere, 'home') },
  })

test('an export says what it wrote, and never writes over another one', async () => {
  expect(await here('release', 'export', version, 'again')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^exported \d+ signed statements; check a file with: lockflight verify FILE --project shop --env /,
    ),
  })
  expect(await here('release', 'export', version, 'again')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is already there'),
  })
})

test('a folder without bundles is told from bundles that prove nothing', async () => {
  await mkdir(join(elsewhere, 'empty'))
  expect(await stranger('shop.tar.gz', '--env', 'stg', '--bundles', 'empty')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('expected bundles in empty; found no file that ends with .sigstore.json'),
  })
})

test('who never saw the server can check a file from its bytes back to its source', async () => {
  const { code, stdout, stderr } = await stranger('shop.tar.gz', '--env', 'stg', '--bundles', 'signed')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^✓ shop\.tar\.gz passed the gates of stg\n/)
  expect(stdout).toMatch(/passed +the gates of stg at \S+, says https:\/\/lockflight\.example\/test\n/)
  expect(stdout).toMatch(/before +the gates of dev at /)
  expect(stdout).toMatch(
    /built +from \/repositories\/shop [0-9a-f]{40} \(main\) by https:\/\/lockflight\.example\/test/,
  )
  expect(stdout).toMatch(/unproven +that the keys are theirs/)
  expect(await readdir(elsewhere)).not.toContain('home')
})

test('with keys got another way, by digest, and from single files it says the same, and more is proven', async () => {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const files = (await readdir(join(elsewhere, 'signed/bundles'))).map((name) => `signed/bundles/${name}`)
  const each = files.flatMap((file) => ['--bundles', file])
  const { code, stdout } = await stranger(digest, '--env', 'dev', ...each, '--keys', 'kept.json', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, keysGiven: true, earlier: [], artifact: { digest } })
})

test('other bytes, an environment it never reached and another project end with 1 and the reason', async () => {
  await writeFile(join(elsewhere, 'other.tar.gz'), `${bytes}!`)
  const other = await stranger('other.tar.gz', '--env', 'stg', '--bundles', 'signed')
  expect(other).toMatchObject({ code: 1, stdout: expect.stringContaining('summary.subject: expected other.tar.gz') })
  const prod = await stranger('shop.tar.gz', '--env', 'prod', '--bundles', 'signed')
  expect(prod).toMatchObject({ code: 1, stdout: expect.stringMatching(/^✗ shop\.tar\.gz is not proven: nothing says/) })
})

test('keys that somebody has put in the place of theirs prove nothing', async () => {
  const forged = join(elsewhere, 'forged')
  await cp(join(elsewhere, 'signed'), forged, { recursive: true })
  await writeFile(join(forged, 'keys.json'), '{"items":[]}')
  expect(await stranger('shop.tar.gz', '--env', 'stg', '--bundles', 'forged')).toMatchObject({ code: 1 })
  await writeFile(join(forged, 'keys.json'), '{"items":[],"items":[]}')
  expect(await stranger('shop.tar.gz', '--env', 'stg', '--bundles', 'forged')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected each key once'),
  })
  expect(await stranger('shop.tar.gz', '--env', 'stg')).toMatchObject({ code: 2 })
  expect(await stranger('gone', '--env', 'stg', '--bundles', 'signed')).toMatchObject({ code: 1 })
})

test('A36: no network is needed', async () => {
  const program = resolve(import.meta.dirname, '../bin/lockflight')
  const argv = [
    'verify',
    'shop.tar.gz',
    '--project',
    'shop',
    '--env',
    'stg',
    '--bundles',
    'signed',
    '--keys',
    'kept.json',
  ]
  const alone = ['--user', '--map-root-user', '--net', process.execPath, program, ...argv]
  const env = { PATH: process.env['PATH'], LOCKFLIGHT_HOME: join(elsewhere, 'home') }
  const { stdout } = await promisify(execFile)('unshare', alone, { cwd: elsewhere, env })
  expect(stdout).toContain('✓ shop.tar.gz passed the gates of stg')
})

test('every bundle can be checked by hand: its name is its digest, its signature is over the DSSE encoding', async () => {
  const place = join(elsewhere, 'signed/bundles')
  const { items } = JSON.parse(await readFile(join(elsewhere, 'kept.json'), 'utf8')) as {
    items: { id: string; publicKey: string }[]
  }
  for (const name of await readdir(place)) {
    const text = await readFile(join(place, name))
    expect(name).toBe(`${createHash('sha256').update(text).digest('hex')}.sigstore.json`)
    const { dsseEnvelope: envelope, verificationMaterial } = JSON.parse(text.toString())
    const key = items.find(({ id }) => id === verificationMaterial.publicKey.hint)!
    const payload = Buffer.from(envelope.payload, 'base64')
    const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `
    const signature = Buffer.from(envelope.signatures[0].sig, 'base64')
    expect(
      verify('sha256', Buffer.concat([Buffer.from(head), payload]), createPublicKey(key.publicKey), signature),
    ).toBe(true)
  }
})

test('a release that another CI has built is vouched for with the level that the policy gives its builds', async () => {
  const ci = otherCi()
  const trust = ci.trust({ signer: { level: 2 } })
  const stg = { gates: [{ use: 'provenance', trust }], deploy: { use: 'target' } }
  const admin = rig.clientOf(rig.adminToken)
  await admin.applyRevision({ project: 'shop', text: JSON.stringify({ project: 'shop', environments: { stg } }) })
  const text = 'built by another CI'
  await writeFile(join(elsewhere, 'app'), text)
  const statement = githubProvenance([{ name: 'app', digest: digestOf(text) }])
  const bundle = ci.attest(statement)
  const useless = otherCi().attest(statement)
  await writeFile(join(elsewhere, 'both.jsonl'), [bundle, useless].map((one) => JSON.stringify(one)).join('\n'))
  const taken = await here('release', 'import', 'elsewhere/app', '--bundle', 'elsewhere/both.jsonl', '--json')
  const { version: imported, digest } = JSON.parse(taken.stdout)
  await admin.requestPromotion({ project: 'shop', environment: 'stg', release: digest })
  await rig.drain()
  expect(await here('release', 'export', imported, 'elsewhere/imported', '--files')).toMatchObject({ code: 0 })
  expect(await readFile(join(elsewhere, 'imported/files/app'), 'utf8')).toBe(text)
  const { code, stdout } = await stranger(
    'imported/files/app',
    '--env',
    'stg',
    '--bundles',
    'imported',
    '--keys',
    'kept.json',
    '--json',
  )
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    summary: { claims: { levels: ['SLSA_BUILD_LEVEL_2'], inputs: [digestOfJson(bundle)] } },
    provenances: [],
    others: [digestOfJson(bundle)],
  })
  const told = await stranger('app', '--env', 'stg', '--bundles', 'imported')
  expect(told.stdout).toContain(`unproven  what others have signed in ${digestOfJson(bundle)}`)
})
