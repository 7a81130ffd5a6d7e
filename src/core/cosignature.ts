import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { parseNote, signatureLine, signaturesOf, type VerifierKey } from './note.ts'

const timeSize = 8
const signatureSize = 64

/** What a witness signed about a checkpoint: that it had seen nothing else of this log, at that time. */
export interface Cosignature {
  /** Whole seconds since 1970. */
  time: number
  /** The signature line, with its newline. */
  line: string
}

/** The line by which a witness says, at that second, that the log of this checkpoint is consistent with all it has seen of it (C2SP tlog-cosignature, Ed25519). */
export function cosign(
  text: string,
  name: string,
  { privateKey, time }: { privateKey: KeyObject; time: number },
): string {
  const stamp = Buffer.alloc(timeSize)
  stamp.writeBigUInt64BE(BigInt(time))
  const signature = sign(null, Buffer.from(cosignedText(text, time)), privateKey)
  return signatureLine(
    { name, publicKey: createPublicKey(privateKey) },
    'cosignature',
    Buffer.concat([stamp, signature]),
  )
}

/** The newest cosignature of this key below a note; null where it has none, or only wrong ones. */
export function cosignatureOf(note: string, key: VerifierKey): Cosignature | null {
  const parsed = parseNote(note)
  if (!parsed) return null
  const good = signaturesOf(parsed, key, 'cosignature').flatMap(({ signature }) => {
    const time = timeIn(signature)
    if (time === null) return []
    const message = Buffer.from(cosignedText(parsed.text, time))
    if (!verify(null, message, key.publicKey, signature.subarray(timeSize))) return []
    return [{ time, line: signatureLine(key, 'cosignature', signature) }]
  })
  return good.reduce<Cosignature | null>((newest, one) => (newest && newest.time >= one.time ? newest : one), null)
}

/** True when nothing but this key's one signature and what may be cosignatures is below a note: whoever has no key of a witness cannot say more. */
export function isCosignedAtMost(note: string, key: VerifierKey): boolean {
  const parsed = parseNote(note)
  if (!parsed || signaturesOf(parsed, key).length !== 1) return false
  const [first, ...others] = parsed.signatures
  return first === signaturesOf(parsed, key)[0] && others.every(({ signature }) => timeIn(signature) !== null)
}

function cosignedText(text: string, time: number): string {
  return `cosignature/v1\ntime ${time}\n${text}`
}

function timeIn(signature: Buffer): number | null {
  if (signature.length !== timeSize + signatureSize) return null
  const time = Number(signature.readBigUInt64BE())
  return Number.isSafeInteger(time) ? time : null
}
