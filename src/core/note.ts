import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'

const maxSignatures = 100

/** What a key signs: notes as they are, or checkpoints with the time they were seen at (C2SP tlog-cosignature). A key id says which. */
export type KeyUse = 'note' | 'cosignature'

/** The byte before the public key (C2SP signed-note and tlog-cosignature). */
const useByte: Record<KeyUse, number> = { note: 0x01, cosignature: 0x04 }

/** A public Ed25519 key under the name that its signature lines carry (C2SP signed-note). */
export interface VerifierKey {
  name: string
  publicKey: KeyObject
}

/** One line below a note: who claims to have signed, by name and key id, and what came out. */
export interface NoteSignature {
  name: string
  keyId: Buffer
  signature: Buffer
}

/** A key as people pass it on: `name+keyid+base64` (the vkey of golang.org/x/mod/sumdb/note, used by C2SP). */
export function vkeyOf(key: VerifierKey, use: KeyUse = 'note'): string {
  return `${key.name}+${keyIdOf(key, use).toString('hex')}+${keyBytes(key, use).toString('base64')}`
}

/** The key that a vkey spells; null for any other text, also when the key id is not that of the key, or the key is for another use. */
export function readVkey(vkey: string, use: KeyUse = 'note'): VerifierKey | null {
  const [, name, keyId, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  const key = encoded === undefined ? null : bytesOf(encoded)
  if (!name || !isKeyName(name) || key?.length !== 33 || key[0] !== useByte[use]) return null
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  return keyIdOf({ name, publicKey }, use).toString('hex') === keyId ? { name, publicKey } : null
}

/** The text with one signature line; the text must end in a newline and have no other control characters. */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  if (!isNoteText(text)) throw new TypeError('the text of a note ends in a newline and has no other control characters')
  const key = { name, publicKey: createPublicKey(privateKey) }
  return `${text}\n${signatureLine(key, 'note', sign(null, Buffer.from(text), privateKey))}`
}

/** The line that says who signed, with its newline. */
export function signatureLine(key: VerifierKey, use: KeyUse, signature: Uint8Array): string {
  const { name } = key
  if (!isKeyName(name)) throw new TypeError(`"${name}" cannot be the name of a key: spaces and + are not allowed`)
  return `— ${name} ${Buffer.concat([keyIdOf(key, use), signature]).toString('base64')}\n`
}

/** The text of a note that this key has signed; lines of other keys are passed over, a wrong one of this key is not. */
export function openNote(note: string, key: VerifierKey): { text: string } | { problem: string } {
  const parsed = parseNote(note)
  if (!parsed) return { problem: 'not a signed note' }
  const ours = signaturesOf(parsed, key)
  if (ours.length === 0) {
    return { problem: `not signed by ${key.name}+${keyIdOf(key, 'note').toString('hex')}` }
  }
  const text = Buffer.from(parsed.text)
  return ours.every(({ signature }) => verify(null, text, key.publicKey, signature))
    ? { text: parsed.text }
    : { problem: `the signature of ${key.name} does not match the text` }
}

/** True when a text has the form of a signed note (C2SP signed-note): text, an empty line, and nothing but signature lines. Says nothing about whose they are. */
export function isSignedNote(note: string): boolean {
  return parseNote(note) !== null
}

/** True when a line of the note claims to be this key's, whether or not it is right. */
export function claimsToBeSignedBy(note: string, key: VerifierKey): boolean {
  const parsed = parseNote(note)
  return parsed !== null && signaturesOf(parsed, key).length > 0
}

/** The lines of a note that claim to be of this key in that use, whether or not they are right. */
export function signaturesOf({ signatures }: ParsedNote, key: VerifierKey, use: KeyUse = 'note'): NoteSignature[] {
  const keyId = keyIdOf(key, use)
  return signatures.filter((line) => line.name === key.name && line.keyId.equals(keyId))
}

/** A note taken apart; nothing is verified yet. */
export interface ParsedNote {
  text: string
  signatures: NoteSignature[]
}

/** Takes a note apart (C2SP signed-note); null for what does not have its form. */
export function parseNote(note: string): ParsedNote | null {
  const split = note.lastIndexOf('\n\n')
  const text = note.slice(0, split + 1)
  const below = note.slice(split + 2)
  if (split < 0 || !isNoteText(text) || !isNoteText(below)) return null
  const lines = below.slice(0, -1).split('\n')
  if (lines.length > maxSignatures) return null
  const signatures = lines.map(readSignature).filter((line) => line !== null)
  return signatures.length === lines.length ? { text, signatures } : null
}

function readSignature(line: string): NoteSignature | null {
  const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? []
  const bytes = encoded === undefined ? null : bytesOf(encoded)
  if (!name || !isKeyName(name) || !bytes || bytes.length < 5) return null
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

function keyIdOf(key: VerifierKey, use: KeyUse): Buffer {
  return hash('sha256', Buffer.concat([Buffer.from(`${key.name}\n`), keyBytes(key, use)]), 'buffer').subarray(0, 4)
}

function keyBytes({ publicKey }: VerifierKey, use: KeyUse): Buffer {
  return Buffer.concat([Buffer.from([useByte[use]]), rawKey(publicKey)])
}

function rawKey(publicKey: KeyObject): Buffer {
  const { crv, x } = publicKey.export({ format: 'jwk' })
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('not an Ed25519 key')
  return Buffer.from(x, 'base64url')
}

/** The bytes of base64 in its one canonical spelling; null for every other. */
export function bytesOf(base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : null
}

function isKeyName(name: string): boolean {
  return /^[^\s\p{Cc}+]+$/u.test(name) && name.isWellFormed()
}

function isNoteText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- a line end is the only one that may be there
  return text.endsWith('\n') && !/[\u0000-\u0009\u000b-\u001f]/.test(text) && text.isWellFormed()
}
