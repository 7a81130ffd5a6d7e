import { createHash, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Signer, SigningKey } from '../core/attestation.ts'
import { bundleOf, p256Key } from '../core/dsse.ts'
import { Refusal } from '../core/refusal.ts'
import { encryptKey } from './encrypted-key.ts'
import { openPrivateKey } from './open-private-key.ts'
import type { Passphrase } from './passphrase.ts'
import { privateFile, readPrivateFile } from './private-file.ts'

/** Where the keys are kept, the time written on one that is made, and what encrypts them. */
export interface LocalKeys {
  folder: string
  /** Null: keys that are made now are kept as they are. */
  passphrase: Passphrase | null
  now: () => Promise<Date>
}

interface HeldKey extends SigningKey {
  publicKey: string
  private: KeyObject
  createdAt: Date
}

const firstFile = 'provenance.pem'
/** The names of files with keys that sign. */
export const signingKeyFile = /^provenance(-[0-9a-f]{16})?\.pem$/

/** Signs with ECDSA P-256 keys in files (PKCS #8) of a folder: `provenance.pem`, made when it is missing, and one more for every rotation. A file that is put there later counts too. */
export async function createLocalSigner({ folder, passphrase, now }: LocalKeys): Promise<Signer> {
  const read = new Map<string, HeldKey>()

  async function held(): Promise<HeldKey[]> {
    const files = (await readdir(folder)).filter((name) => signingKeyFile.test(name))
    const keys = await Promise.all(files.map(async (file) => read.get(file) ?? open(file)))
    return keys.toSorted((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
  }

  async function open(file: string): Promise<HeldKey> {
    const path = join(folder, file)
    const found = await readPrivateFile(path)
    if (!found) throw new Error(`${path} was removed while it was read`)
    const key = heldKey(await openPrivateKey(found.bytes, { path, passphrase }), found.createdAt, path)
    read.set(file, key)
    return key
  }

  async function make(nameOf: (id: string) => string): Promise<string> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const secret = passphrase && (await passphrase.read())
    const pem = secret ? encryptKey(privateKey, secret) : privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const createdAt = await now()
    const fingerprint = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
    const file = nameOf(fingerprint)
    await privateFile(join(folder, file), () => ({ bytes: Buffer.from(pem), createdAt }))
    return file
  }

  async function heldOf({ id }: SigningKey): Promise<HeldKey> {
    const key = (await held()).find((each) => each.id === id)
    if (key) return key
    throw new Refusal('unavailable', `no file in ${folder} holds the key ${id}`, { reason: 'key_missing' })
  }

  if (!(await readPrivateFile(join(folder, firstFile)))) await make(() => firstFile)
  await held()
  return {
    keys: async () => (await held()).map(shown),
    async renew() {
      return shown(await open(await make((fingerprint) => `provenance-${fingerprint.slice(0, 16)}.pem`)))
    },
    async sign(statement, key) {
      const { private: secret, id } = await heldOf(key)
      return bundleOf(statement, id, (data) => sign('sha256', data, { key: secret, dsaEncoding: 'der' }))
    },
    async check(key) {
      const { private: secret, publicKey } = await heldOf(key)
      if (signs(secret, publicKey)) return
      throw new Refusal('unavailable', `the key ${key.id} in ${folder} does not sign`)
    },
  }
}

function heldKey(key: KeyObject, createdAt: Date, path: string): HeldKey {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const id = p256Key(publicKey)?.id
  if (!id) throw new Refusal('unavailable', `expected an ECDSA P-256 key in ${path}, found another kind of key`)
  if (signs(key, publicKey)) return { id, publicKey, identity: null, private: key, createdAt }
  throw new Refusal('unavailable', `the private key in ${path} does not fit the public one beside it`)
}

function signs(secret: KeyObject, publicKey: string): boolean {
  const probe = Buffer.from('lockflight')
  return verify('sha256', probe, publicKey, sign('sha256', probe, secret))
}

function shown({ id, publicKey, identity }: HeldKey): SigningKey {
  return { id, publicKey, identity }
}
