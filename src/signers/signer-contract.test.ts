import { createPublicKey } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleFromJSON } from '@sigstore/bundle'
import { TrustedRoot } from '@sigstore/protobuf-specs'
import { Verifier, toSignedEntity, toTrustMaterial } from '@sigstore/verify'
import { stringify } from 'yaml'
import { expect, test } from 'vitest'
import { startKms } from '../../test/rig/kms.ts'
import { opened } from '../../test/rig/opened.ts'
import { stackIdentity, stackIssuer, startSigstore } from '../../test/rig/sigstore.ts'
import { newlyTrusted } from '../core/active-key.ts'
import type { AnyBundle, Signer, SigningKey, Statement } from '../core/attestation.ts'
import { canonical } from '../core/digest.ts'
import { verifyOwn } from '../trust/verify-own.ts'
import { createSigner } from './index.ts'

const now = new Date('2026-11-23T10:00:00Z')
const statement: Statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'app.tar', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { note: 'grüße, 世界' },
}

const folder = await mkdtemp(join(tmpdir(), 'lockflight-signers-'))
await opened(Promise.resolve({ stop: () => rm(folder, { recursive: true }) }))
const stack = await opened(startSigstore())
const kms = await opened(startKms())

interface Implementation {
  start(): Promise<Signer>
  /** Lets there be a key that the signer did not have. */
  change(): Promise<unknown>
  /** Takes away what it signs with. */
  lose(): Promise<unknown>
}

const here = { folder: join(folder, 'keys'), now: async () => now }
await mkdir(here.folder)
const keylessFile = join(folder, 'keyless.yaml')
const tokenFile = join(folder, 'token')
async function describeKeyless(identity: string) {
  await writeFile(tokenFile, stack.token({ sub: identity }), { mode: 0o600 })
  await writeFile(join(folder, 'root.json'), JSON.stringify(stack.root), { mode: 0o600 })
  const services = { fulcio: stack.url, rekor: stack.url, timestamp: stack.url }
  const text = { ...services, 'trusted-root': 'root.json', identity, issuer: stackIssuer, token: { file: tokenFile } }
  await writeFile(keylessFile, stringify(text), { mode: 0o600 })
}
await describeKeyless(stackIdentity)

const implementations: Record<string, Implementation> = {
  local: {
    start: () => createSigner({ use: 'local', passphrase: null }, here),
    change: async () => undefined,
    lose: () => rm(here.folder, { recursive: true }).then(() => mkdir(here.folder)),
  },
  command: {
    start: () => createSigner({ use: 'command', program: kms.program }, here),
    change: () => kms.addKey(),
    lose: () => rm(join(kms.folder, 'keys'), { recursive: true }),
  },
  keyless: {
    start: () => createSigner({ use: 'keyless', file: keylessFile }, here),
    change: () => describeKeyless(`${stackIdentity}/2`),
    lose: () => rm(tokenFile),
  },
}

/** Asks Sigstore's own verifier, as a stranger would. */
function sigstoreAccepts(bundle: AnyBundle, { id, publicKey, identity }: SigningKey): boolean {
  const nothing = { mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1' }
  const lists = { tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] }
  const root = identity ? TrustedRoot.fromJSON(identity.root) : { ...nothing, ...lists }
  const trust = toTrustMaterial(root, (hint) => {
    if (hint !== id || publicKey === null) throw new Error(`unknown hint ${hint}`)
    return { publicKey: createPublicKey(publicKey), validFor: () => true }
  })
  const threshold = identity ? 1 : 0
  const thresholds = { tlogThreshold: threshold, ctlogThreshold: threshold, timestampThreshold: threshold }
  try {
    new Verifier(trust, thresholds).verify(toSignedEntity(bundleFromJSON(bundle)))
    return true
  } catch {
    return false
  }
}

const believed = (bundle: unknown, key: SigningKey) => verifyOwn(bundle, [newlyTrusted(key, now)], now)
const only = async (signer: Signer) => (await signer.keys())[0]!

for (const [name, { start, change, lose }] of Object.entries(implementations)) {
  test(`${name}: what it signs is accepted by an independent verifier and by ours, as exactly what was said`, async () => {
    const signer = await start()
    const key = await only(signer)
    const bundle = await signer.sign(statement, key)
    expect(bundle.mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json')
    expect(sigstoreAccepts(bundle, key)).toBe(true)
    expect(believed(bundle, key)).toEqual({ verified: true, statement, key: key.id })
    expect(JSON.parse(canonical(bundle))).toEqual(bundle)
  })

  test(`${name}: both verifiers refuse a changed payload, and ours another key`, async () => {
    const signer = await start()
    const key = await only(signer)
    const bundle = await signer.sign(statement, key)
    const payload = Buffer.from(JSON.stringify({ ...statement, predicate: {} })).toString('base64')
    const forged = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } } as AnyBundle
    expect(sigstoreAccepts(forged, key)).toBe(false)
    expect(believed(forged, key)).toMatchObject({ verified: false })
    const { id: _, ...same } = key
    expect(believed(bundle, { ...same, id: 'other' })).toMatchObject({ verified: false })
  })

  test(`${name}: it is the same one after a start, and can say that it works`, async () => {
    const key = await only(await start())
    const again = await start()
    expect(await only(again)).toEqual(key)
    expect(key.publicKey === null).toBe(key.identity !== null)
    await again.check(key)
  })

  test(`${name}: renewed, it signs as another one, and what it signed before still counts`, async () => {
    const signer = await start()
    const before = await only(signer)
    const old = await signer.sign(statement, before)
    await change()
    const next = await signer.renew()
    expect(next.id).not.toBe(before.id)
    expect(await only(signer)).toEqual(next)
    expect(await only(await start())).toEqual(next)
    const bundle = await signer.sign(statement, next)
    expect(believed(bundle, next)).toMatchObject({ verified: true, key: next.id })
    expect(believed(old, before)).toMatchObject({ verified: true, key: before.id })
    expect(believed(bundle, before)).toMatchObject({ verified: false, reason: 'signature.key-unknown' })
  })

  test(`${name}: asked for a key that it does not have, it refuses`, async () => {
    const signer = await start()
    const strange = { ...(await only(signer)), id: 'c3RyYW5nZQ==' }
    await expect(signer.sign(statement, strange)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test(`${name}: it fails closed when what it signs with is gone`, async () => {
    const signer = await start()
    const key = await only(signer)
    await lose()
    await expect(signer.sign(statement, key)).rejects.toMatchObject({ code: 'unavailable' })
    await expect(signer.check(key)).rejects.toMatchObject({ code: 'unavailable' })
  })
}
