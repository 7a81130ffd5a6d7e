import { createPrivateKey, createPublicKey } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openNote, readVkey, signNote, vkeyOf } from './note.ts'

/** An Ed25519 key from its 32-byte seed, so that tests are the same every time. */
function keyFrom(seed: number, name = 'example.com/log') {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)])
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return { name, privateKey, publicKey: createPublicKey(privateKey) }
}

const key = keyFrom(1)
const note = signNote('one\n\ntwo\n', key.name, key.privateKey)

// The examples printed in the C2SP specification and in the documentation of Go's note package.
const published = {
  vkey: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note:
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
}

test('a note published by others opens with their key, and its text is returned without the signature', () => {
  const theirs = readVkey(published.vkey)!
  expect(vkeyOf(theirs)).toBe(published.vkey)
  expect(openNote(published.note, theirs)).toEqual({ text: published.note.split('\n\n')[0] + '\n' })
})

test('a signed note opens with the key that signed it, empty lines in its text included', () => {
  expect(openNote(note, key)).toEqual({ text: 'one\n\ntwo\n' })
})

test('another key, the same key under another name, and another key under the same name do not open it', () => {
  expect(openNote(note, keyFrom(2, 'example.com/other'))).toHaveProperty('problem')
  expect(openNote(note, { ...key, name: 'example.com/other' })).toHaveProperty('problem')
  expect(openNote(note, keyFrom(2))).toHaveProperty('problem')
})

test('lines of unknown keys are passed over', () => {
  const other = keyFrom(3, 'witness.example')
  const cosigned = note + signNote('one\n\ntwo\n', other.name, other.privateKey).split('\n').at(-2) + '\n'
  expect(openNote(cosigned, key)).toEqual({ text: 'one\n\ntwo\n' })
  expect(openNote(cosigned, other)).toEqual({ text: 'one\n\ntwo\n' })
})

test('a second line of the same key that does not match the text spoils the note', () => {
  const wrong = signNote('other\n', key.name, key.privateKey).split('\n').at(-2)
  expect(openNote(`${note}${wrong}\n`, key)).toEqual({ problem: expect.stringContaining('does not match') as string })
})

test('a note with any character changed is refused', () => {
  fc.assert(
    fc.property(
      fc.nat(note.length - 1),
      fc.constantFrom('x', '\n', ' ', '=', '—', 'é', '\0', '\ud800'),
      (at, other) => {
        fc.pre(note[at] !== other)
        expect(openNote(note.slice(0, at) + other + note.slice(at + 1), key)).toHaveProperty('problem')
      },
    ),
  )
})

test('a note with anything cut off is refused', () => {
  for (let length = 0; length < note.length; length += 1) {
    expect(openNote(note.slice(0, length), key)).toHaveProperty('problem')
  }
})

test('control characters and bad names are never signed', () => {
  for (const text of ['', 'no newline', 'carriage\r\n', 'nul\0\n', 'tab\t\n']) {
    expect(() => signNote(text, key.name, key.privateKey)).toThrow(TypeError)
  }
  for (const name of ['', 'two words', 'a+b', 'no\u00a0break', 'line\nbreak']) {
    expect(() => signNote('text\n', name, key.privateKey)).toThrow(TypeError)
  }
})

test('a vkey with a wrong key id, algorithm, length or spelling is refused', () => {
  const vkey = vkeyOf(key)
  const [name, keyId, encoded] = vkey.split('+') as [string, string, string]
  expect(readVkey(vkey)?.publicKey.equals(key.publicKey)).toBe(true)
  expect(readVkey(`${name}+00000000+${encoded}`)).toBeNull()
  expect(readVkey(published.vkey.replace('c74f20a3', 'C74F20A3'))).toBeNull()
  expect(readVkey(`other+${keyId}+${encoded}`)).toBeNull()
  expect(readVkey(`${name}+${keyId}+${encoded}\n`)).toBeNull()
  expect(readVkey(`${name}+${keyId}+${encoded.replace(/^A/, 'B')}`)).toBeNull()
  expect(readVkey(`${name}+${keyId}+${Buffer.from([1, 2, 3]).toString('base64')}`)).toBeNull()
  expect(readVkey('')).toBeNull()
})
