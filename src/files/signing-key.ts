import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { readIfThere, writeOnce } from './durable-file.ts'

/** The Ed25519 key in that file, made there when missing; refuses, with that reason, a file that others may read. */
export async function openSigningKey(file: string, reason: string): Promise<KeyObject> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const pem = (await readIfThere(file)) ?? (await make(file))
  await refuseOpenFile(file, reason)
  return readPem(pem, file, reason)
}

/** Two processes that start at once end up with the same key: only one of them can put its own into place. */
async function make(file: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeOnce(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return (await readIfThere(file)) ?? ''
}

async function refuseOpenFile(file: string, reason: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return
  const message = `${file} may be read by others (mode ${(mode & 0o777).toString(8)}), expected 600; run: chmod 600 ${file}`
  throw new Refusal('unavailable', message, { reason })
}

function readPem(pem: string, file: string, reason: string): KeyObject {
  const problem = (cause?: unknown) =>
    new Refusal('unavailable', `${file} is not an Ed25519 private key in PEM; restore it from a backup`, {
      reason,
      cause,
    })
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (error) {
    throw problem(error)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw problem()
  return key
}
