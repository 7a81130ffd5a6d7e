import { createCipheriv, createPrivateKey, randomBytes, scryptSync, type KeyObject } from 'node:crypto'

/** Makes guessing costly: 16 MiB and about 0.2 s for every guess. More memory than that OpenSSL does not give itself. */
const cost = { N: 2 ** 14, r: 8, p: 5 }

const pbes2 = objectId('2a864886f70d01050d')
const scrypt = objectId('2b06010401da47040b')
const aes256Cbc = objectId('60864801650304012a')

/**
 * A private key as encrypted PKCS #8 in PEM (RFC 5958, section 3): PBES2 (RFC 8018, section 6.2) with scrypt
 * (RFC 7914, section 7) and AES-256-CBC. OpenSSL reads it; Node would write one with a far weaker PBKDF2.
 */
export function encryptKey(key: KeyObject, passphrase: string): string {
  const [salt, iv] = [randomBytes(16), randomBytes(16)]
  const cipher = createCipheriv('aes-256-cbc', scryptSync(passphrase, salt, 32, cost), iv)
  const plain = key.export({ type: 'pkcs8', format: 'der' })
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  const derivation = sequence(scrypt, sequence(octets(salt), integer(cost.N), integer(cost.r), integer(cost.p)))
  const encryption = sequence(aes256Cbc, octets(iv))
  const der = sequence(sequence(pbes2, sequence(derivation, encryption)), octets(encrypted))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n')
}

/** True when a PEM needs a passphrase, whoever encrypted it and how. */
export function isEncrypted(pem: string): boolean {
  return pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || pem.includes('Proc-Type: 4,ENCRYPTED')
}

/** A private key from PEM; undefined when it is none, or another passphrase than that one opens it. */
export function readPrivateKey(pem: string, passphrase: string | null): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== null && { passphrase }) })
  } catch {
    return undefined
  }
}

/** DER: a tag, the length of what follows, and that. */
function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), lengthOctets(content.length), content])
}

/** In as few octets as it takes (X.690, section 10.1), up to 65535: others than OpenSSL read no more than that. */
function lengthOctets(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length)
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff)
}

function sequence(...parts: Uint8Array[]): Buffer {
  return element(0x30, ...parts)
}

function octets(bytes: Uint8Array): Buffer {
  return element(0x04, bytes)
}

function objectId(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'))
}

/** Up to 32767. */
function integer(value: number): Buffer {
  return element(0x02, value < 0x80 ? Buffer.of(value) : Buffer.of(value >> 8, value & 0xff))
}
