import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { keyName, readPublicKey } from '../core/admission.ts'
import { keyNames } from './check-key-names.ts'

const key = readPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIbOThaIOHUyjqdrcL5RZ3LgX/1G1
2F9bgNbMf3jHpROxdQJXYNLEBP5iMokzkyRnHQWpySjOnTVuhWfXu12MiA==
-----END PUBLIC KEY-----`)

test('a key goes by the fingerprint that ssh-keygen shows of it too, as npm names its keys', () => {
  expect(keyNames(key)).toContain('SHA256:SOubS1Z5XAj4Vk3drdrDH8wmwQB78PpVXMiJCMnP2b4')
  expect(keyNames(key)).toContain(keyName(key))
})

test('a key that npm does not sign with has no name of that kind', () => {
  const { publicKey } = generateKeyPairSync('ed25519')
  expect(keyNames(publicKey)).toHaveLength(2)
})
