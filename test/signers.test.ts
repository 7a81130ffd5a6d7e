import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { expect, test } from 'vitest'
import { applyRevision } from '../src/app/apply-revision.ts'
import { checkSigner } from '../src/app/check-signer.ts'
import { registerKeys } from '../src/app/register-keys.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import type { AnyBundle } from '../src/core/attestation.ts'
import type { Release } from '../src/core/release.ts'
import { summaryType } from '../src/core/verification-summary.ts'
import { createSigner } from '../src/signers/index.ts'
import { runCommand } from './rig/cli.ts'
import { startKms } from './rig/kms.ts'
import { opened } from './rig/opened.ts'
import { startServer } from './rig/server.ts'
import { signedShop } from './rig/signed-shop.ts'
import { stackIdentity, stackIssuer, startSigstore } from './rig/sigstore.ts'

const rig = await opened(startServer())
const stack = await opened(startSigstore())
const kms = await opened(startKms())
const folder = await mkdtemp(join(tmpdir(), 'lockflight-signed-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))
const { app, admin } = rig
const here = { folder: join(folder, 'keys'), now: async () => new Date() }
await mkdir(here.folder)

const text = signedShop(app.builderId)
await applyRevision(app, admin, { project: 'shop', text, file: 'lockflight.yaml', dryRun: false })

const keylessFile = join(folder, 'keyless.yaml')
const services = { fulcio: stack.url, rekor: stack.url, timestamp: stack.url }
const who = { identity: stackIdentity, issuer: stackIssuer, 'trusted-root': 'root.json' }
await writeFile(keylessFile, stringify({ ...services, ...who, token: { file: join(folder, 'token') } }), {
  mode: 0o600,
})
await writeFile(join(folder, 'root.json'), JSON.stringify(stack.root), { mode: 0o600 })
await writeFile(join(folder, 'token'), stack.token())

/** What a server that is started with another LOCKFLIGHT_SIGNER does. */
async function startWith(setting: Parameters<typeof createSigner>[0]): Promise<void> {
  Object.assign(app.signer, await createSigner(setting, here))
  await registerKeys(app, '')
  await checkSigner(app)
}

async function promote({ digest }: Release, environment: string): Promise<string> {
  const request = { project: 'shop', environment, release: digest, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, admin, request)
  await rig.drain()
  return (await rig.promotion(id)).state
}

const env = { LOCKFLIGHT_HOME: join(folder, 'home'), LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken }
const call = (...argv: string[]) => runCommand([...argv, '--project', 'shop'], { cwd: folder, env })
const offline = { LOCKFLIGHT_HOME: join(folder, 'nowhere') }

test.each([
  ['local', { use: 'local', passphrase: null }],
  ['command', { use: 'command', program: kms.program }],
  ['keyless', { use: 'keyless', file: keylessFile }],
] as const)(
  'what is signed by %s opens the gates, and is checked offline by its export alone',
  async (name, setting) => {
    await startWith(setting)
    const release = await rig.build()
    await rig.drain()
    expect(await promote(release, 'stg')).toBe('succeeded')
    expect((await call('release', 'export', release.version, name)).code).toBe(0)
    const check = ['verify', release.artifacts[0]!.digest, '--env', 'stg', '--bundles', name, '--project', 'shop']
    const checked = await runCommand([...check, '--json'], { cwd: folder, env: offline })
    expect(checked.code).toBe(0)
    const [key] = await app.signer.keys()
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true, others: [], summary: { key: key!.id } })
    expect((await call('keys')).stdout).toContain(key!.publicKey?.trim() ?? stackIdentity)
  },
)

test('where keys are made elsewhere, one has to be made there before it can take over', async () => {
  await startWith({ use: 'command', program: kms.program })
  const client = rig.clientOf(rig.adminToken)
  const before = await app.signer.keys()
  // The keys of the signers before it are over now, and then there is nothing more to do.
  expect((await client.rotateKey({ reason: 'yearly' })).id).toBe(before[0]!.id)
  const open = (await client.listKeys({})).items.filter(({ validUntil }) => validUntil === null)
  expect(open.map(({ id }) => id)).toEqual([before[0]!.id])
  await expect(client.rotateKey({ reason: 'yearly' })).rejects.toMatchObject({ code: 'conflict' })
  await kms.addKey()
  const next = await client.rotateKey({ reason: 'yearly' })
  expect((await app.signer.keys()).map(({ id }) => id)).toEqual([next.id, before[0]!.id])
  expect(before[0]!.id).not.toBe(next.id)
  await checkSigner(app)
})

test('while a service is away nothing is released, the work is done again, and then it is released and signed', async () => {
  await startWith({ use: 'keyless', file: keylessFile })
  const release = await rig.build()
  await rig.drain()
  const count = async () => (await rig.pool.query('select from attestation')).rowCount
  const before = await count()
  stack.spoilt.set('rekor', (response) => void response.writeHead(503).end())
  const failing = promote(release, 'stg')
  await expect(failing).rejects.toMatchObject({ code: 'unavailable', reason: 'signer_unavailable' })
  await expect(rig.build()).rejects.toMatchObject({ code: 'unavailable' })
  expect(await count()).toBe(before)
  stack.spoilt.clear()
  const waiting = await rig.pool.query<{ id: string }>(`select id from promotion where finished_at is null`)
  for (const { id: promotion } of waiting.rows) rig.jobs.push({ verb: 'advance-promotion', promotion })
  await rig.drain()
  const { items } = await rig.clientOf(rig.adminToken).listDeployments({ project: 'shop', environment: 'stg' })
  expect(items[0]).toMatchObject({ release: release.digest, outcome: 'succeeded' })
})

test('a summary has all that slsa-verifier looks at, and openssl accepts it over the bytes that DSSE says', async () => {
  await startWith({ use: 'local', passphrase: null })
  const release = await rig.build()
  await rig.drain()
  expect(await promote(release, 'stg')).toBe('succeeded')
  const stored = await app.store.read((tx) => tx.attestations.of('shop', release.digest))
  const { bundle } = stored.findLast(({ predicateType }) => predicateType === summaryType)!
  const { payload, payloadType, signatures } = bundle.dsseEnvelope as Envelope
  const bytes = Buffer.from(payload, 'base64')
  const [key] = await app.signer.keys()
  await writeFile(join(folder, 'key.pem'), key!.publicKey!)
  await writeFile(join(folder, 'signature'), Buffer.from(signatures[0].sig, 'base64'))
  await writeFile(
    join(folder, 'signed'),
    Buffer.concat([Buffer.from(`DSSEv1 28 ${payloadType} ${bytes.length} `), bytes]),
  )
  const verify = ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature', 'signed']
  expect(execFileSync('openssl', verify, { cwd: folder }).toString()).toBe('Verified OK\n')

  const artifact = release.artifacts[0]!
  expect(JSON.parse(bytes.toString())).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: artifact.digest.slice('sha256:'.length) } }],
    predicateType: 'https://slsa.dev/verification_summary/v1',
    predicate: {
      verifier: { id: app.builderId },
      timeVerified: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
      resourceUri: `urn:lockflight:release:shop:stg:${release.digest}`,
      policy: { uri: expect.any(String), digest: { sha256: expect.any(String) } },
      verificationResult: 'PASSED',
      verifiedLevels: ['SLSA_BUILD_LEVEL_1'],
    },
  })
})

type Envelope = NonNullable<AnyBundle['dsseEnvelope']> & { payloadType: string; signatures: [{ sig: string }] }
