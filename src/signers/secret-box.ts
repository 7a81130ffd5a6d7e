import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Refusal } from '../core/refusal.ts'
import type { SecretBox } from '../core/secret.ts'
import { privateFile } from './private-file.ts'

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
/** The first byte of everything sealed this way: AES-256-GCM as version, nonce, ciphertext, tag. */
const version = Buffer.of(1)

/** Seals with the key in `<folder>/secrets.key`, which is made when it is missing; losing that file loses every sealed value. */
export async function createSecretBox({ folder, now }: { folder: string; now: Date }): Promise<SecretBox> {
  const path = join(folder, 'secrets.key')
  const { bytes: key } = await privateFile(path, () => ({ bytes: randomBytes(keyBytes), createdAt: now }))
  if (key.length !== keyBytes) {
    throw new Refusal('unavailable', `expected ${keyBytes} bytes in ${path}, found ${key.length}`)
  }
  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(authenticated(context))
      const sealed = [cipher.update(plain, 'utf8'), cipher.final()]
      return Buffer.concat([version, nonce, ...sealed, cipher.getAuthTag()])
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      const nonceEnd = version.length + nonceBytes
      if (bytes.length < nonceEnd + tagBytes || bytes[0] !== version[0]) {
        throw new Error(`the sealed value of ${context} is not of a known form`)
      }
      const cipher = createDecipheriv(algorithm, key, bytes.subarray(version.length, nonceEnd), {
        authTagLength: tagBytes,
      })
      cipher.setAAD(authenticated(context))
      cipher.setAuthTag(bytes.subarray(-tagBytes))
      const plain = cipher.update(bytes.subarray(nonceEnd, -tagBytes))
      try {
        return Buffer.concat([plain, cipher.final()]).toString('utf8')
      } catch (cause) {
        throw new Error(`the sealed value of ${context} was changed, moved, or sealed with another key`, { cause })
      }
    },
  }
}

function authenticated(context: string): Buffer {
  return Buffer.concat([version, Buffer.from(context)])
}
