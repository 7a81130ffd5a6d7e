import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import { encryptKey, isEncrypted, readPrivateKey } from './encrypted-key.ts'
import { signingKeyFile } from './local-key.ts'
import { openPrivateKey } from './open-private-key.ts'
import type { Passphrase } from './passphrase.ts'
import { readPrivateFile, replacePrivateFile } from './private-file.ts'

const fewestCharacters = 12

/** Encrypts every key that signs in that folder with another passphrase, whether it was encrypted before or not; returns their files. What was interrupted can be done again. */
export async function protectKeys(
  folder: string,
  { before, after }: { before: Passphrase | null; after: Passphrase },
): Promise<string[]> {
  const secret = await after.read()
  if (secret.length < fewestCharacters) {
    throw new Refusal(
      'invalid',
      `expected a passphrase of at least ${fewestCharacters} characters, found ${secret.length}`,
    )
  }
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return []
    throw cause
  })
  const paths = names.filter((name) => signingKeyFile.test(name)).map((name) => join(folder, name))
  if (paths.length === 0) throw new Refusal('not_found', `no key to sign with is kept in ${folder}`)
  for (const path of paths) await protect(path, { before, secret })
  return paths
}

async function protect(path: string, { before, secret }: { before: Passphrase | null; secret: string }): Promise<void> {
  const file = await readPrivateFile(path)
  if (!file) return
  const pem = file.bytes.toString('utf8')
  if (isEncrypted(pem) && readPrivateKey(pem, secret)) return
  const key = await openPrivateKey(file.bytes, { path, passphrase: before })
  await replacePrivateFile(path, { bytes: Buffer.from(encryptKey(key, secret)), createdAt: file.createdAt })
}
