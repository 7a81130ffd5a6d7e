import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { registerKeys } from '../src/app/register-keys.ts'
import { signStatement } from '../src/app/sign-statement.ts'
import { createClient } from '../src/client.ts'
import { readConfig } from '../src/config.ts'
import type { Statement } from '../src/core/attestation.ts'
import type { Credential } from '../src/core/home.ts'
import { createLocalSigner } from '../src/signers/local-key.ts'
import { startSystem, type System } from '../src/system.ts'
import { startKms } from './rig/kms.ts'
import { opened } from './rig/opened.ts'
import { freshDatabase } from './rig/postgres.ts'
import { createRepository } from './rig/repository.ts'
import { startServer } from './rig/server.ts'

const folder = await mkdtemp(join(tmpdir(), 'lockflight-outage-'))
const kms = await opened(startKms())
const rig = await opened(startServer())
const database = await freshDatabase()
const systems: System[] = []
afterAll(async () => {
  await Promise.all(systems.map((system) => system.stop()))
  await database.drop()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const configuration = `
project: shop
pipeline:
  jobs:
    package:
      stage: package
      steps: [{ run: 'echo hello > app.txt' }]
      artifacts: [{ name: app.txt, path: app.txt }]
environments:
  dev: { promote: auto, gates: [{ use: signature }], deploy: { use: command, run: 'true' } }
`

test('F33 I16 while the key management system is away there is no release; when it is back there is one, signed', async () => {
  const home = join(folder, 'home')
  const env = {
    LOCKFLIGHT_HOME: home,
    DATABASE_URL: database.url,
    LOCKFLIGHT_DATABASE_UNSAFE: 'true',
    LOCKFLIGHT_LISTEN: '127.0.0.1:0',
    LOCKFLIGHT_SIGNER: `command:${kms.program}`,
  }
  const system = await startSystem(readConfig(env, folder), '0.0.0-test')
  systems.push(system)
  const client = createClient(JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8')) as Credential)
  expect(await readdir(join(home, 'keys'))).not.toContain('provenance.pem')

  const real = await readFile(kms.program, 'utf8')
  await kms.replace(`echo asked >> ${kms.folder}/asked; echo "the vault is locked" >&2; exit 1`)
  const repository = await createRepository(join(folder, 'repository'))
  await repository.commit({ files: { 'lockflight.yaml': configuration } })
  await client.applyRevision({ project: 'shop', text: configuration })
  const { id } = await client.startRun({ project: 'shop', repository: repository.folder, ref: 'main' })
  const asked = () => readFile(join(kms.folder, 'asked'), 'utf8').catch(() => '')
  await expect.poll(asked, { timeout: 20_000 }).toContain('asked')
  const ready = await fetch(`${system.url}/readyz`)
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('the vault is locked')])
  expect((await client.listReleases({ project: 'shop' })).items).toEqual([])
  await expect
    .poll(async () => (await client.getRun({ project: 'shop', id })).reason, { timeout: 20_000 })
    .toMatch(/^its jobs have ended, and its release waits: .*the vault is locked/)
  // Neither a start nor a revocation waits for it.
  systems.push(await startSystem(readConfig({ ...env, LOCKFLIGHT_RUN_WORKERS: '0' }, folder), '0.0.0-test'))

  await writeFile(kms.program, real, { mode: 0o755 })
  await expect
    .poll(async () => (await client.getRun({ project: 'shop', id })).state, { timeout: 30_000 })
    .toBe('succeeded')
  const live = async () => (await client.getStatus({ project: 'shop' })).environments[0]?.live?.release
  await expect.poll(live, { timeout: 20_000 }).toBeDefined()
})

test('servers with copies of the keys: who has no copy of the new one signs with the old until its time is over', async () => {
  const { app } = rig
  const [first] = await app.signer.keys()
  const copy = join(folder, 'copied')
  const own = join(folder, 'own')
  await mkdir(own)
  const now = async () => new Date()
  app.signer = await createLocalSigner({ folder: own, passphrase: null, now })
  await cp(own, copy, { recursive: true })
  const other = { ...app, signer: await createLocalSigner({ folder: copy, passphrase: null, now }) }
  await registerKeys(app, '')
  const [shared] = await other.signer.keys()
  expect(shared!.id).not.toBe(first!.id)

  const client = rig.clientOf(rig.adminToken)
  const next = await client.rotateKey({ reason: 'yearly', overlap: '1h' })
  const hintsOf = async () => {
    const both = [await signStatement(app, statement), await signStatement(other, statement)]
    return both.map(({ bundle }) => bundle.verificationMaterial['publicKey'])
  }
  expect(await hintsOf()).toEqual([{ hint: next.id }, { hint: shared!.id }])
  await rig.pool.query(`update trusted_key set valid_until = now() - interval '1 s' where id = $1`, [shared!.id])
  await expect(signStatement(other, statement)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('was good until'),
  })
  await cp(own, copy, { recursive: true })
  expect(await hintsOf()).toEqual([{ hint: next.id }, { hint: next.id }])
})

const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'x', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'urn:test',
  predicate: {},
}
