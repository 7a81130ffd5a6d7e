import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto'
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { signNote, vkeyOf, type VerifierKey } from '../core/note.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere } from './read-if-there.ts'

/** The key that signs the log's checkpoints; its name is the log's origin. */
export interface LogKey extends VerifierKey {
  /** The public key as C2SP spells it, for whoever verifies the log. */
  vkey: string
  /** The public key as SPKI, PEM. */
  publicKeyPem: string
  /** The text as a signed note. */
  sign(text: string): string
}

/** The log's Ed25519 key from `log.key` in that folder, made there when missing; refuses a file that others may read. */
export async function openLogKey(folder: string, origin: string): Promise<LogKey> {
  const file = join(folder, 'log.key')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const pem = (await readIfThere(file)) ?? (await make(file))
  await refuseOpenFile(file)
  return logKey(readPem(pem, file), origin)
}

/** A key under the name of a log. */
export function logKey(privateKey: KeyObject, origin: string): LogKey {
  const publicKey = createPublicKey(privateKey)
  return {
    name: origin,
    publicKey,
    vkey: vkeyOf({ name: origin, publicKey }),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (text) => signNote(text, origin, privateKey),
  }
}

/** Two servers that start at once end up with the same key: only one of them can link its own into place. */
async function make(file: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`
  const { privateKey } = generateKeyPairSync('ed25519')
  const handle = await open(draft, 'wx', 0o600)
  await handle.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await handle.sync()
  await handle.close()
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return readFile(file, 'utf8')
}

async function refuseOpenFile(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return
  throw new Refusal(
    'unavailable',
    `${file} may be read by others (mode ${(mode & 0o777).toString(8)}), expected 600; run: chmod 600 ${file}`,
    { reason: 'log_key' },
  )
}

function readPem(pem: string, file: string): KeyObject {
  const problem = (cause?: unknown) =>
    new Refusal('unavailable', `${file} is not an Ed25519 private key in PEM; restore it from a backup`, {
      reason: 'log_key',
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
