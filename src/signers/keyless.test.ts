import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { expect, test } from 'vitest'
import { opened } from '../../test/rig/opened.ts'
import { stackIdentity, stackIssuer, startSigstore } from '../../test/rig/sigstore.ts'
import { newlyTrusted } from '../core/active-key.ts'
import type { SigningKey, Statement } from '../core/attestation.ts'
import type { Refusal } from '../core/refusal.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import { createKeylessSigner } from './keyless.ts'

const now = new Date()
const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'urn:test',
  predicate: {},
}

const folder = await mkdtemp(join(tmpdir(), 'lockflight-keyless-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))
const stack = await opened(startSigstore())
await writeFile(join(folder, 'root.json'), JSON.stringify(stack.root), { mode: 0o600 })

async function start(change: Record<string, unknown> = {}, token = stack.token()) {
  const file = join(folder, 'keyless.yaml')
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, `${token}\n`)
  const services = { fulcio: stack.url, rekor: stack.url, timestamp: stack.url }
  const who = { identity: stackIdentity, issuer: stackIssuer, 'trusted-root': 'root.json' }
  await writeFile(file, stringify({ ...services, ...who, token: { file: tokenFile }, ...change }), { mode: 0o600 })
  const signer = await createKeylessSigner(file)
  return { signer, key: (await signer.keys())[0]! }
}

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it was not refused'),
    (error: unknown) => error as Refusal,
  )
const verdict = (bundle: unknown, key: SigningKey) => verifyOwn(bundle, [newlyTrusted(key, now)], now)

test('the bundle holds the certificate, its log entry and a signed time, and no key', async () => {
  const { signer, key } = await start()
  const { verificationMaterial } = await signer.sign(statement, key)
  expect(verificationMaterial).toMatchObject({
    certificate: { rawBytes: expect.any(String) },
    tlogEntries: [{ inclusionPromise: {}, inclusionProof: { checkpoint: {} } }],
    timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: expect.any(String) }] },
  })
  expect(verificationMaterial).not.toHaveProperty('publicKey')
})

test('a log of the second version is as good: its proof stands for the entry, the authority for the time', async () => {
  const { signer, key } = await start({ 'rekor-version': 2 })
  const bundle = await signer.sign(statement, key)
  const [entry] = bundle.verificationMaterial['tlogEntries'] as Record<string, unknown>[]
  expect(entry).toMatchObject({ kindVersion: { kind: 'dsse', version: '0.0.2' } })
  expect(entry).not.toHaveProperty('inclusionPromise')
  expect(verdict(bundle, key)).toMatchObject({ verified: true, statement })
  const untimed = { ...bundle.verificationMaterial, timestampVerificationData: { rfc3161Timestamps: [] } }
  expect(verdict({ ...bundle, verificationMaterial: untimed }, key)).toMatchObject({ verified: false })
})

const services = ['fulcio', 'rekor', 'timestamp'] as const

test.each(services.flatMap((service) => ['down', 'broken', 'talkative'].map((how) => [service, how] as const)))(
  'while %s is %s nothing is signed, and the token is in no message (A21)',
  async (service, how) => {
    const token = stack.token()
    const { signer, key } = await start({}, token)
    stack.spoilt.set(service, (response) => {
      if (how === 'down') return void response.destroy()
      if (how === 'broken') return void response.writeHead(500).end('no')
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ message: `bad ${token}` }))
    })
    const refusal = await refusalOf(signer.sign(statement, key))
    stack.spoilt.clear()
    expect(refusal).toMatchObject({ code: 'unavailable', reason: 'signer_unavailable' })
    expect(refusal.message).toMatch(/nothing was signed: \w+/)
    expect(`${refusal.stack} ${JSON.stringify(refusal)} ${String(refusal.cause)}`).not.toContain(token)
  },
)

test.each<[string, string, string]>([
  ['nobody', '', 'no identity token'],
  ['no JWT', 'hello.there', 'no identity token'],
  ['a time that has passed', stack.token({ exp: 1_700_000_000 }), 'expired at 2023-11-14'],
])('a token of %s is refused before anyone is asked, and not shown', async (_, token, words) => {
  const asked = stack.asked.fulcio.length
  const { signer, key } = await start({}, token)
  for (const refusal of [await refusalOf(signer.sign(statement, key)), await refusalOf(signer.check(key))]) {
    expect(refusal).toMatchObject({ code: 'unavailable', message: expect.stringContaining(words) })
    if (token !== '') expect(refusal.message).not.toContain(token)
  }
  expect(stack.asked.fulcio.length).toBe(asked)
})

test('a certificate for someone else is not ours, however well it was signed (A12)', async () => {
  for (const claims of [{ sub: `${stackIdentity}/evil` }, { iss: 'https://issuer.example.evil' }]) {
    const { signer, key } = await start({}, stack.token(claims))
    expect(verdict(await signer.sign(statement, key), key)).toMatchObject({
      verified: false,
      reason: 'signature.key-unknown',
    })
  }
})

test('without its log entry or its signed time a signature counts for nothing, and one changed byte spoils it', async () => {
  const { signer, key } = await start()
  const bundle = await signer.sign(statement, key)
  expect(verdict(bundle, key)).toMatchObject({ verified: true, key: key.id })
  const changed = (change: (material: Record<string, unknown>) => void) => {
    const copy = structuredClone(bundle)
    change(copy.verificationMaterial)
    return verdict(copy, key)
  }
  expect(changed((material) => (material['tlogEntries'] = []))).toMatchObject({ verified: false })
  const other = await signer.sign({ ...statement, predicateType: 'urn:other' }, key)
  const swapped = (field: string) => changed((material) => (material[field] = other.verificationMaterial[field]))
  for (const field of ['tlogEntries', 'timestampVerificationData', 'certificate']) {
    expect(swapped(field), field).toMatchObject({ verified: false })
  }
})

test('another root, identity or issuer under the same name is not believed', async () => {
  const { signer, key } = await start()
  const bundle = await signer.sign(statement, key)
  const identity = key.identity!
  for (const forged of [
    { ...key, identity: { ...identity, identity: 'https://evil.example' } },
    { ...key, identity: { ...identity, root: { ...identity.root, ctlogs: [] } } },
  ]) {
    expect(verdict(bundle, forged)).toMatchObject({ verified: false })
  }
})

test('a revoked identity is told apart from an unknown one', async () => {
  const { signer, key } = await start()
  const bundle = await signer.sign(statement, key)
  const revoked = { ...newlyTrusted(key, now), revokedAt: now }
  expect(verifyOwn(bundle, [revoked], now)).toMatchObject({ reason: 'key.revoked' })
})

test.each<[string, Record<string, unknown>, string]>([
  ['an address elsewhere without encryption', { fulcio: 'http://fulcio.example.org' }, 'expected https'],
  ['an unknown word', { fulcoi: 'https://fulcio.example.org' }, 'fulcoi'],
  ['two places for the token', { token: { file: '/a', program: '/b' } }, 'expected file or program'],
  ['a root that is not there', { 'trusted-root': 'none.json' }, 'none.json'],
])('%s in the file is refused', async (_, change, words) => {
  const refusal = await refusalOf(start(change))
  expect(`${refusal.message} ${JSON.stringify(refusal.problems)}`).toContain(words)
})

test('a file that others may write decides nothing', async () => {
  await start()
  for (const name of ['keyless.yaml', 'root.json']) {
    await chmod(join(folder, name), 0o666)
    const refusal = await refusalOf(createKeylessSigner(join(folder, 'keyless.yaml')))
    expect(refusal).toMatchObject({ reason: 'signer_unsafe', message: expect.stringContaining(name) })
    await chmod(join(folder, name), 0o600)
  }
})

test('the file in docs/signing.md is one', async () => {
  const [, text = ''] = /```yml\n([^]*?)```/.exec(await readFile('docs/signing.md', 'utf8')) ?? []
  const copy = join(folder, 'docs.yaml')
  await writeFile(copy, text, { mode: 0o600 })
  await writeFile(join(folder, 'trusted-root.json'), JSON.stringify(stack.root), { mode: 0o600 })
  const [key] = await (await createKeylessSigner(copy)).keys()
  expect(key?.identity).toMatchObject({ identity: 'https://lockflight.example.org/installation' })
})

test('a token can come from a program or a variable', async () => {
  const program = join(folder, 'token.sh')
  await writeFile(program, `#!/bin/sh\necho ${stack.token()}\n`, { mode: 0o755 })
  process.env['LOCKFLIGHT_TEST_TOKEN'] = stack.token()
  for (const token of [{ program }, { variable: 'LOCKFLIGHT_TEST_TOKEN' }]) {
    const { signer, key } = await start({ token })
    expect(verdict(await signer.sign(statement, key), key)).toMatchObject({ verified: true })
  }
  delete process.env['LOCKFLIGHT_TEST_TOKEN']
})
