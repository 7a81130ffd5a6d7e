import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { Signer, TrustedKey } from '../core/attestation.ts'
import { bundleOf, p256Key } from '../core/dsse.ts'
import { Refusal } from '../core/refusal.ts'
import { privateFile } from './private-file.ts'

/** Where the key is kept, what it signs, and the time written on it when it is made now. */
export interface LocalKey {
  folder: string
  purpose: TrustedKey['purpose']
  now: Date
}

/** Signs with an ECDSA P-256 key in `<folder>/<purpose>.pem` (PKCS #8), which is made when it is missing. */
export async function createLocalSigner({ folder, purpose, now }: LocalKey): Promise<Signer> {
  const path = join(folder, `${purpose}.pem`)
  const { bytes, createdAt } = await privateFile(path, () => ({ bytes: newKey(), createdAt: now }))
  const key = readKey(bytes, path)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  const id = p256Key(publicKey)?.id
  if (!id) throw new Refusal('unavailable', `expected an ECDSA P-256 key in ${path}, found another kind of key`)
  return {
    sign: async (statement) => bundleOf(statement, id, (data) => sign('sha256', data, { key, dsaEncoding: 'der' })),
    publicKey: () => ({ id, publicKey, purpose, createdAt, revokedAt: null }),
  }
}

function newKey(): Buffer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

function readKey(bytes: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(bytes)
  } catch (cause) {
    throw new Refusal('unavailable', `expected a private key in ${path}, found something else`, { cause })
  }
}
