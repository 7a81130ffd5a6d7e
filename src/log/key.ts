import { createPublicKey, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { signNote, vkeyOf, type VerifierKey } from '../core/note.ts'
import { openSigningKey } from '../files/signing-key.ts'

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
  return logKey(await openSigningKey(join(folder, 'log.key'), 'log_key'), origin)
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
