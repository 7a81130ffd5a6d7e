import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleFromJSON } from '@sigstore/bundle'
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Bundle, Statement, TrustedKey } from '../core/attestation.ts'
import { verifyBundle } from '../core/verify-bundle.ts'
import { createLocalSigner } from './local-key.ts'

const now = new Date('2026-11-23T10:00:00Z')
const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { note: 'grüße, 世界' },
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockflight-signer-'))
})
afterEach(() => rm(folder, { recursive: true }))

const make = () => createLocalSigner({ folder: join(folder, 'keys'), purpose: 'provenance', now })
const keyFile = () => join(folder, 'keys', 'provenance.pem')

/** Asks Sigstore's own verifier, with no log and no timestamps: there is only a key. */
function sigstoreAccepts(bundle: Bundle, { id, publicKey }: TrustedKey): boolean {
  const root = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1', tlogs: [], ctlogs: [] }
  const trust = toTrustMaterial({ ...root, certificateAuthorities: [], timestampAuthorities: [] }, (hint) => {
    if (hint !== id) throw new Error(`unknown hint ${hint}`)
    return { publicKey: createPublicKey(publicKey), validFor: () => true }
  })
  const verifier = new Verifier(trust, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 })
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(bundle)))
    return true
  } catch {
    return false
  }
}

test('what it signs is accepted by an independent verifier and by ours', async () => {
  const signer = await make()
  const bundle = await signer.sign(statement)
  expect(sigstoreAccepts(bundle, signer.publicKey())).toBe(true)
  expect(verifyBundle(bundle, [signer.publicKey()], 'provenance')).toEqual({
    verified: true,
    statement,
    key: signer.publicKey().id,
  })
})

test('both verifiers refuse a changed payload', async () => {
  const signer = await make()
  const bundle = await signer.sign(statement)
  const payload = Buffer.from(JSON.stringify({ ...statement, predicate: {} })).toString('base64')
  const forged = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } }
  expect(sigstoreAccepts(forged, signer.publicKey())).toBe(false)
  expect(verifyBundle(forged, [signer.publicKey()], 'provenance')).toMatchObject({ reason: 'signature.invalid' })
})

test('the key is made once, and only its owner may read it', async () => {
  const first = await make()
  const { mode } = await stat(keyFile())
  expect(mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'keys'))).toEqual(['provenance.pem'])
  const second = await createLocalSigner({ folder: join(folder, 'keys'), purpose: 'provenance', now: new Date(0) })
  expect(second.publicKey()).toEqual(first.publicKey())
  expect(first.publicKey()).toMatchObject({ purpose: 'provenance', createdAt: now, revokedAt: null })
})

test('several processes that make the key at once all get the same one', async () => {
  const signers = await Promise.all(Array.from({ length: 8 }, make))
  expect(new Set(signers.map((signer) => signer.publicKey().id)).size).toBe(1)
})

test('a key that others may read is refused', async () => {
  await make()
  await chmod(keyFile(), 0o640)
  await expect(make()).rejects.toMatchObject({ code: 'unavailable', reason: 'key_file_unsafe' })
})

test('a symbolic link in place of the key is refused', async () => {
  await make()
  const moved = join(folder, 'moved.pem')
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
