import type { KeyObject } from 'node:crypto'
import { Refusal } from '../core/refusal.ts'
import { isEncrypted, readPrivateKey } from './encrypted-key.ts'
import type { Passphrase } from './passphrase.ts'

/** The private key in a file; refuses one that cannot be opened, with what to do. */
export async function openPrivateKey(
  bytes: Buffer,
  { path, passphrase }: { path: string; passphrase: Passphrase | null },
): Promise<KeyObject> {
  const pem = bytes.toString('utf8')
  if (!isEncrypted(pem))
    return readPrivateKey(pem, null) ?? refuse(`expected a private key in ${path}, found something else`)
  if (!passphrase) {
    return refuse(
      `the key in ${path} is encrypted: name a file with its passphrase in LOCKFLIGHT_KEY_PASSPHRASE_FILE, or set LOCKFLIGHT_KEY_PASSPHRASE`,
    )
  }
  const key = readPrivateKey(pem, await passphrase.read())
  return key ?? refuse(`the passphrase in ${passphrase.source} does not open the key in ${path}`)
}

function refuse(message: string): never {
  throw new Refusal('unavailable', message, { reason: 'key_passphrase' })
}
