import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyRevision } from '../src/app/apply-revision.ts'
import { checkSigner } from '../src/app/check-signer.ts'
import { explainPromotion } from '../src/app/explain-promotion.ts'
import { requestPromotion } from '../src/app/request-promotion.ts'
import { signStatement } from '../src/app/sign-statement.ts'
import { hintOf, type Signer, type Statement } from '../src/core/attestation.ts'
import { digestOfJson } from '../src/core/digest.ts'
import { provenanceType } from '../src/core/provenance.ts'
import type { Release } from '../src/core/release.ts'
import { summaryType } from '../src/core/verification-summary.ts'
import { reconcile } from '../src/log/reconcile.ts'
import { runCommand } from './rig/cli.ts'
import { opened } from './rig/opened.ts'
import { startServer } from './rig/server.ts'
import { signedShop } from './rig/signed-shop.ts'
import { tamper } from './rig/tampering.ts'

const rig = await opened(startServer())
const folder = await mkdtemp(join(tmpdir(), 'lockflight-rotation-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))
const { app, admin, pool } = rig
const client = rig.clientOf(rig.adminToken)
const reason = 'a laptop was stolen'

const prod = `{ after: [stg], deploy: { use: target }, gates: [{ use: summary, verifiers: ['${app.builderId}'] }] }`
const text = `${signedShop(app.builderId)}  prod: ${prod}`
await applyRevision(app, admin, { project: 'shop', text, file: 'lockflight.yaml', dryRun: false })

async function promote({ digest }: Release, environment: string): Promise<string> {
  const request = { project: 'shop', environment, release: digest, class: 'standard', reason: '' } as const
  const { id } = await requestPromotion(app, admin, request)
  await rig.drain()
  return id
}
const stateOf = async (id: string) => (await rig.promotion(id)).state
const why = async (id: string) => JSON.stringify((await explainPromotion(app, admin, { project: 'shop', id })).unmet)
const keys = () => app.store.read((tx) => tx.keys.list())
/** Which key made each signature about a release, newest last. */
async function signers({ digest }: Release, predicateType: string) {
  const stored = await app.store.read((tx) => tx.attestations.of('shop', digest))
  return stored.filter((one) => one.predicateType === predicateType).map(({ bundle }) => hintOf(bundle))
}
const active = async () => (await keys()).find(({ validUntil, revokedAt }) => !validUntil && !revokedAt)!.id
const told = async (type: string) => (await rig.logged()).filter((entry) => entry.type === type)
const offline = async (release: Release, name: string) => {
  const env = { LOCKFLIGHT_HOME: join(folder, 'home'), LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken }
  await runCommand(['release', 'export', release.version, name, '--project', 'shop'], { cwd: folder, env })
  const call = ['verify', release.artifacts[0]!.digest, '--env', 'stg', '--bundles', name, '--project', 'shop']
  return runCommand(call, { cwd: folder, env: { LOCKFLIGHT_HOME: join(folder, 'nowhere') } })
}

test('F33 a key is rotated in the middle of a promotion: all goes on, and what either has signed holds, also offline', async () => {
  const release = await rig.build()
  await rig.drain()
  const before = await active()
  rig.target.before = async () => {
    delete rig.target.before
    await client.rotateKey({ reason, overlap: '1h' })
  }
  expect(await stateOf(await promote(release, 'stg'))).toBe('succeeded')
  const after = await active()
  expect(after).not.toBe(before)
  expect(await signers(release, provenanceType)).toEqual([before])
  expect(await signers(release, summaryType)).toEqual([before, after])
  expect(await stateOf(await promote(release, 'prod'))).toBe('succeeded')
  expect(await offline(release, 'both')).toMatchObject({ code: 0, stdout: expect.stringContaining(before) })

  const next = await rig.build()
  await rig.drain()
  expect(await stateOf(await promote(next, 'stg'))).toBe('succeeded')
  expect(new Set(await signers(next, summaryType))).toEqual(new Set([after]))
  await checkSigner(app)
})

test('a rotation is in the log with who did it and why, and the records agree with it', async () => {
  const before = await active()
  const { id } = await client.rotateKey({ reason, overlap: '30d' })
  expect((await told('key.created')).at(-1)).toMatchObject({ actor: admin.id, subject: id })
  const retired = (await told('key.retired')).filter(({ data }) => data['by'] === id)
  expect(retired).toMatchObject([{ actor: admin.id, subject: before, data: { reason } }])
  expect(await keys()).toContainEqual(expect.objectContaining({ id: before, validUntil: expect.any(Date) }))
  expect((await reconcile(pool)).filter(({ kind, logged }) => kind === 'key' && logged !== null)).toEqual([])
})

test('what an old key signs after its time counts for nothing, although its file is still there', async () => {
  const release = await rig.build()
  await rig.drain()
  const before = await active()
  await client.rotateKey({ reason, overlap: '0s' })
  const old = (await app.signer.keys()).find(({ id }) => id === before)!
  const bundle = await app.signer.sign(await provenanceOf(release), old)
  const fresh = await rig.build()
  await app.store.transaction((tx) =>
    tx.attestations.add('shop', {
      release: fresh.digest,
      predicateType: provenanceType,
      digest: digestOfJson(bundle),
      bundle,
      createdAt: new Date(tx.now.getTime() + 1),
    }),
  )
  await rig.drain()
  const { rows } = await pool.query<{ evidence: string }>(
    `select evidence::text from evaluation where evidence::text like '%key.validity%'`,
  )
  expect(rows[0]?.evidence).toContain(before)
  expect(await stateOf(await promote(release, 'stg'))).toBe('succeeded')
})

async function provenanceOf({ digest }: Release): Promise<Statement> {
  const stored = await app.store.read((tx) => tx.attestations.of('shop', digest))
  const payload = stored.find((one) => one.predicateType === provenanceType)?.bundle.dsseEnvelope?.payload ?? ''
  return JSON.parse(Buffer.from(payload, 'base64').toString())
}

test('a revoked key: what it signed starts nothing any more, what is being deployed goes on', async () => {
  const release = await rig.build()
  await rig.drain()
  const stolen = await active()
  rig.target.before = async () => {
    delete rig.target.before
    await client.rotateKey({ reason, overlap: '1h' })
    await client.revokeKey({ id: stolen, reason })
  }
  expect(await stateOf(await promote(release, 'stg'))).toBe('succeeded')
  expect(rig.target.live.get('stg')).toBe(release.digest)
  const waiting = await promote(release, 'dev')
  expect(await stateOf(waiting)).not.toBe('succeeded')
  expect(await why(waiting)).toContain('key.revoked')
  expect((await told('key.revoked')).at(-1)).toMatchObject({
    actor: admin.id,
    subject: stolen,
    data: { reason, from: null },
  })
  expect(await offline(release, 'revoked')).toMatchObject({ code: 1, stdout: expect.stringContaining('key.revoked') })
  const next = await rig.build()
  await rig.drain()
  expect(await stateOf(await promote(next, 'stg'))).toBe('succeeded')
})

test('A30 a revocation that was taken back in the database is found by the log', async () => {
  const { id: stolen } = await client.rotateKey({ reason, overlap: '1h' })
  await client.rotateKey({ reason, overlap: '1h' })
  await client.revokeKey({ id: stolen, reason })
  const taken = async () => (await reconcile(pool)).filter(({ kind, subject }) => kind === 'key' && subject === stolen)
  expect(await taken()).toEqual([])
  await tamper(pool, `update trusted_key set revoked_at = null where id = '${stolen}'`)
  expect(await taken()).toMatchObject([{ recorded: { revoked: false }, logged: { revoked: true } }])
  await tamper(pool, `update trusted_key set revoked_at = now() where id = '${stolen}'`)
})

test('revoked from some moment on, a key still vouches for what came in before', async () => {
  const early = await rig.build()
  await rig.drain()
  const stolen = await active()
  const { now: from } = await app.store.read(async (tx) => ({ now: tx.now }))
  const late = await rig.build()
  await rig.drain()
  await client.rotateKey({ reason, overlap: '1h' })
  const revoked = await client.revokeKey({ id: stolen, reason, from: new Date(from.getTime() + 1).toISOString() })
  expect(revoked.revokedFrom).toEqual(new Date(from.getTime() + 1))
  expect(await stateOf(await promote(early, 'stg'))).toBe('succeeded')
  const waiting = await promote(late, 'stg')
  expect(await stateOf(waiting)).not.toBe('succeeded')
  expect(await why(waiting)).toContain('key.revoked')
})

test.each<[string, (id: string) => Promise<unknown>, object]>([
  ['the last key that can sign', (id) => client.revokeKey({ id, reason }), { reason: 'last_key' }],
  ['a key nobody knows', () => client.revokeKey({ id: 'none', reason }), { code: 'not_found' }],
  [
    'a moment that is to come',
    (id) => client.revokeKey({ id, reason, from: '2099-01-01T00:00:00.000Z' }),
    { code: 'invalid' },
  ],
])('%s is not revoked, and nothing is written', async (_, revoke, refusal) => {
  const { id } = await client.rotateKey({ reason, overlap: '0s' })
  const before = await rig.state()
  await expect(revoke(id)).rejects.toMatchObject(refusal)
  expect(await rig.state()).toBe(before)
})

test('of two who each revoke the key that the other leaves, one is refused', async () => {
  const first = await active()
  const { id: second } = await client.rotateKey({ reason, overlap: '1h' })
  await pool.query(`update trusted_key set valid_until = now() - interval '1 s' where id not in ($1, $2)`, [
    first,
    second,
  ])
  const answers = await Promise.allSettled([first, second].map((id) => client.revokeKey({ id, reason })))
  expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await checkSigner(app)
  await client.rotateKey({ reason, overlap: '1h' })
})

test('a stolen key is revoked although the signer does not answer', async () => {
  const stolen = await active()
  await client.rotateKey({ reason, overlap: '1h' })
  const { keys: answer } = app.signer
  app.signer.keys = () => Promise.reject(new Error('the vault is locked'))
  expect(await client.revokeKey({ id: stolen, reason })).toMatchObject({ revokedAt: expect.any(Date) })
  app.signer.keys = answer
})

test('A41 a machine may neither rotate nor revoke, whatever it was granted, and neither is the signer asked nor anything made', async () => {
  const bot = { id: 'bot@local', kind: 'machine', name: 'bot' } as const
  await app.store.transaction(async (tx) => {
    await tx.members.save({ ...bot, emails: [], disabled: false, createdAt: tx.now })
    await tx.members.grant({ actor: bot.id, role: 'admin', project: null, environment: null })
  })
  const machine = rig.clientOf(await rig.tokenOf(bot, { owner: bot.id }))
  const { keys: answer } = app.signer
  const held = await answer()
  app.signer.keys = () => expect.fail('the signer was asked')
  await expect(machine.rotateKey({ reason, overlap: '1h' })).rejects.toMatchObject({ code: 'forbidden' })
  await expect(machine.revokeKey({ id: await active(), reason })).rejects.toMatchObject({ code: 'forbidden' })
  app.signer.keys = answer
  expect(await answer()).toEqual(held)
  expect((await told('access.denied')).slice(-2)).toMatchObject([{ actor: bot.id }, { actor: bot.id }])
})

test('a signature that does not verify, or none, is never stored, and nothing is released', async () => {
  const { sign } = app.signer
  const release = await rig.build()
  await rig.drain()
  const stored = async () => (await pool.query('select digest from attestation')).rowCount
  const before = await stored()
  const provenance = await provenanceOf(release)
  const spoilt: Signer['sign'][] = [
    () => Promise.reject(new Error('the signer is down')),
    (_, key) => sign({ ...provenance, predicateType: 'urn:other' }, key),
    async (statement, key) => ({ ...(await sign(statement, key)), mediaType: 'text/plain' }),
    async (statement, key) => {
      const other = (await app.signer.keys()).find(({ id }) => id !== key.id)!
      return sign(statement, other)
    },
  ]
  for (const bad of spoilt) {
    app.signer.sign = bad
    await expect(rig.build()).rejects.toThrow(/is down|not believed here/)
  }
  app.signer.sign = sign
  expect(await stored()).toBe(before)
  await signStatement(app, provenance)
})

test('the command line rotates, revokes and lists', async () => {
  const env = { LOCKFLIGHT_HOME: join(folder, 'home'), LOCKFLIGHT_SERVER: rig.url, LOCKFLIGHT_TOKEN: rig.adminToken }
  const run = (...argv: string[]) => runCommand(['keys', ...argv], { cwd: folder, env })
  const before = await active()
  expect(await run('rotate', '--reason', 'spring cleaning', '--overlap', '2h')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('signs from now on'),
  })
  expect(await run('revoke', before, '--reason', 'spring cleaning', '--from', '2026-01-01')).toMatchObject({ code: 2 })
  expect(await run('revoke', before, '--reason', 'spring cleaning')).toMatchObject({ code: 0 })
  const { stdout } = await run()
  expect(stdout).toMatch(new RegExp(`${before.replaceAll(/[+/]/g, '\\$&')}  revoked`))
})
