import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ASN1Obj } from '@sigstore/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { encryptKey } from './encrypted-key.ts'
import { createLocalSigner } from './local-key.ts'
import { knownPassphrase, passphraseInFile, type Passphrase } from './passphrase.ts'
import { protectKeys } from './protect-keys.ts'

const now = async () => new Date('2026-11-23T10:00:00Z')
const secret = 'correct horse battery staple'
const known = knownPassphrase(secret, 'a test')

let home: string
let folder: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lockflight-signer-'))
  folder = join(home, 'keys')
  await mkdir(folder)
})
afterEach(() => rm(home, { recursive: true }))

const make = (passphrase: Passphrase | null = null) => createLocalSigner({ folder, passphrase, now })
const keyFile = () => join(folder, 'provenance.pem')
/** Made once: each time takes as long as a guess. */
const encrypted = encryptKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, secret)
const keepEncrypted = () => writeFile(keyFile(), encrypted, { mode: 0o600 })
const keyOf = async (passphrase: Passphrase | null = null) => (await (await make(passphrase)).keys())[0]!

test('the key is made once, and only its owner may read it', async () => {
  const first = await keyOf()
  const { mode, mtime } = await stat(keyFile())
  expect(mode & 0o777).toBe(0o600)
  expect(mtime).toEqual(await now())
  expect(await readdir(folder)).toEqual(['provenance.pem'])
  expect(await keyOf()).toEqual(first)
})

test('several processes that make the key at once all get the same one', async () => {
  const keys = await Promise.all(Array.from({ length: 8 }, () => keyOf()))
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1)
})

test('a key that others may read is refused', async () => {
  await make()
  await chmod(keyFile(), 0o640)
  await expect(make()).rejects.toMatchObject({ code: 'unavailable', reason: 'key_file_unsafe' })
})

test('a symbolic link in place of the key is refused', async () => {
  await make()
  const moved = join(home, 'moved.pem')
  await writeFile(moved, await readFile(keyFile()), { mode: 0o600 })
  await rm(keyFile())
  await symlink(moved, keyFile())
  await expect(make()).rejects.toMatchObject({ reason: 'key_file_unsafe' })
})

test.each(['', 'nonsense'])('a file without a key in it is refused: %j', async (content) => {
  await make()
  await writeFile(keyFile(), content)
  await expect(make()).rejects.toMatchObject({ code: 'unavailable' })
})

test('a key of another kind is refused', async () => {
  await make()
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFile(keyFile(), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await expect(make()).rejects.toThrow('expected an ECDSA P-256 key')
})

test('with a passphrase keys are kept encrypted, in a form that OpenSSL reads, and who takes nothing but DER too', async () => {
  const { publicKey } = await keyOf(known)
  const pem = await readFile(keyFile(), 'utf8')
  expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  const read = execFileSync('openssl', ['pkey', '-in', keyFile(), '-passin', 'stdin', '-pubout'], { input: secret })
  expect(read.toString()).toBe(publicKey)
  const structure = execFileSync('openssl', ['asn1parse', '-in', keyFile()]).toString()
  expect(structure).toMatch(/PBES2[^]*scrypt[^]*aes-256-cbc/)
  const der = Buffer.from(pem.replaceAll(/-----.*/g, ''), 'base64')
  expect(ASN1Obj.parseBuffer(der).toDER()).toEqual(der)
  expect(await keyOf(known)).toMatchObject({ publicKey })
})

test.each<[string, Passphrase | null, string]>([
  ['none', null, 'LOCKFLIGHT_KEY_PASSPHRASE_FILE'],
  ['another', knownPassphrase('something else', 'here'), 'the passphrase in here does not open'],
])('an encrypted key with %s passphrase is refused with what to do', async (_, passphrase, words) => {
  await keepEncrypted()
  const refusal = await make(passphrase).then(
    () => null,
    (error: unknown) => error as Error,
  )
  expect(refusal).toMatchObject({
    code: 'unavailable',
    reason: 'key_passphrase',
    message: expect.stringContaining(words),
  })
  expect(`${refusal?.stack} ${JSON.stringify(refusal)}`).not.toContain(secret)
})

test('a key whose private part is not that of its public one is refused', async () => {
  const der = () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'der' })
  const [one, other] = [der(), der()]
  const mixed = Buffer.concat([one.subarray(0, -65), other.subarray(-65)]).toString('base64')
  await writeFile(keyFile(), `-----BEGIN PRIVATE KEY-----\n${mixed}\n-----END PRIVATE KEY-----\n`, { mode: 0o600 })
  await expect(make()).rejects.toMatchObject({ code: 'unavailable' })
})

test('keys are encrypted where they are, in one step and again with another passphrase; the signer goes on', async () => {
  const signer = await make()
  const before = await signer.keys()
  const files = await protectKeys(folder, { before: null, after: known })
  expect(files).toEqual([keyFile()])
  for (const file of files) {
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toContain('ENCRYPTED')
  }
  const next = knownPassphrase('another passphrase', 'b')
  await protectKeys(folder, { before: known, after: next })
  await protectKeys(folder, { before: known, after: next })
  expect(await (await make(next)).keys()).toEqual(before)
  await expect(make(known)).rejects.toMatchObject({ reason: 'key_passphrase' })
  expect(await signer.keys()).toEqual(before)
  expect((await readdir(folder)).filter((name) => !name.endsWith('.pem'))).toEqual([])
})

test('keys are not encrypted with a guess, and not without the passphrase they have', async () => {
  await keepEncrypted()
  const short = knownPassphrase('short', 'b')
  await expect(protectKeys(folder, { before: known, after: short })).rejects.toMatchObject({ code: 'invalid' })
  const next = knownPassphrase('another passphrase', 'b')
  await expect(protectKeys(folder, { before: null, after: next })).rejects.toMatchObject({ reason: 'key_passphrase' })
  expect(await keyOf(known)).toBeDefined()
})

test('a passphrase comes from a file that only its owner may read', async () => {
  const file = join(home, 'passphrase')
  const source = passphraseInFile(file)
  await expect(source.read()).rejects.toThrow('found no file')
  await writeFile(file, `${secret}\n`, { mode: 0o600 })
  expect(await source.read()).toBe(secret)
  await chmod(file, 0o644)
  await expect(source.read()).rejects.toMatchObject({ reason: 'key_file_unsafe' })
  await chmod(file, 0o600)
  await writeFile(file, '\n')
  await expect(source.read()).rejects.toThrow('an empty file')
})
