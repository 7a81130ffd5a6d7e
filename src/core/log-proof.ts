import { z } from 'zod'
import { openCheckpoint, type Checkpoint } from './checkpoint.ts'
import { cosignatureOf, isCosignedAtMost } from './cosignature.ts'
import { hashSize, leafHash } from './merkle.ts'
import { verifyInclusion } from './merkle-proof.ts'
import { bytesOf, readVkey, type VerifierKey } from './note.ts'
import { problemText } from './problem-text.ts'
import { Refusal } from './refusal.ts'
import { parseStrictJson } from './strict-json.ts'
import { maxEntryBytes } from './tile.ts'
import type { Witnessed } from './verify-log.ts'

/** The format of the file; another one gets another number. */
export const proofFormat = 'https://lockflight.dev/log-proof/v1'

const maxBytes = 64 * 1024 * 1024

/** An entry of the log as it was signed, and the hashes that lead from it to a root (RFC 6962 §2.1.1), in base64. */
export const provenEntry = z.strictObject({
  index: z.int().min(0),
  body: z.string(),
  proof: z.array(z.string().refine((text) => bytesOf(text)?.length === hashSize, 'expected 32 bytes in base64')),
})
export type ProvenEntry = z.infer<typeof provenEntry>

const logProof = z.strictObject({
  format: z.literal(proofFormat),
  promotion: z.string().min(1),
  vkey: z.string(),
  checkpoint: z.string(),
  entries: z.array(provenEntry).min(1),
})

/** What the log said of one promotion, under one signed checkpoint: all that is needed to check it without the server. */
export type LogProof = z.infer<typeof logProof>

const entryBody = z.looseObject({
  type: z.string(),
  at: z.string(),
  actor: z.string(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()).default({}),
})

/** What a proof proves; not that the log had nothing more to say. */
export interface ProvenPromotion {
  promotion: string
  checkpoint: Checkpoint
  /** Those that were asked for; all of them have cosigned the checkpoint. */
  witnesses: Witnessed[]
  entries: { index: number; entry: z.infer<typeof entryBody> }[]
}

/** The one spelling of a proof as a file: plain ASCII, so that no terminal can be steered by it (A27). */
export function proofText({ promotion, vkey, checkpoint, entries }: Omit<LogProof, 'format'>): string {
  const listed = entries.map(({ index, body, proof }) => ({ index, body, proof }))
  const json = JSON.stringify({ format: proofFormat, promotion, vkey, checkpoint, entries: listed }, null, 2)
  return `${json.replaceAll(/[^\n -~]/g, escaped)}\n`
}

/** Reads such a file; refuses every other spelling of it, so that no other reader can find something else in it (A15). */
export function readProof(bytes: Uint8Array | string): LogProof {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()
  const { data, error } = logProof.safeParse(jsonIn(bytes, { maxBytes }), { error: problemText, reportInput: true })
  if (error) {
    throw wrong(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`.replace(/^: /, '')).join('; '))
  }
  if (proofText(data) !== text) throw wrong('expected the file as `lockflight audit proof` writes it')
  return data
}

/** Refuses, with `unprocessable`, whatever the key did not sign, or not like this, or a witness that is named has not cosigned; without a key, the one in the proof is taken. */
export function verifyProof(proof: LogProof, trusted?: VerifierKey, witnesses: VerifierKey[] = []): ProvenPromotion {
  const named = readVkey(proof.vkey)
  if (!named) throw wrong('its vkey is not a verifier key, name+id+base64')
  if (trusted && !(named.name === trusted.name && named.publicKey.equals(trusted.publicKey))) {
    throw wrong(`it was made with the key ${proof.vkey}, and not with the one that was given`)
  }
  const opened = openCheckpoint(proof.checkpoint, named)
  if ('problem' in opened) throw wrong(`its checkpoint is ${opened.problem}`)
  const { checkpoint } = opened
  if (!isCosignedAtMost(proof.checkpoint, named)) {
    throw wrong('its checkpoint has signatures that nothing here can check')
  }
  const cosigned = witnesses.map((witness) => {
    const cosignature = cosignatureOf(proof.checkpoint, witness)
    if (!cosignature) throw wrong(`its checkpoint is not cosigned by the witness ${witness.name}`)
    return { name: witness.name, size: checkpoint.size, time: cosignature.time }
  })
  let before = -1
  const entries = proof.entries.map((entry) => {
    if (entry.index <= before) throw wrong(`entry ${entry.index} comes after entry ${before}`)
    before = entry.index
    return { index: entry.index, entry: provenBody(entry, checkpoint, proof.promotion) }
  })
  return { promotion: proof.promotion, checkpoint, witnesses: cosigned, entries }
}

function provenBody({ index, body, proof }: ProvenEntry, { size, root }: Checkpoint, promotion: string) {
  const hashes = proof.map((hash) => Buffer.from(hash, 'base64'))
  if (!verifyInclusion({ index, size, leaf: leafHash(body), root, proof: hashes })) {
    throw wrong(`entry ${index} is not in the log that the checkpoint was signed for`)
  }
  const { data: entry } = entryBody.safeParse(jsonIn(body, { maxBytes: maxEntryBytes }))
  if (!entry) throw wrong(`entry ${index} is not an entry of a log of Lockflight`)
  if (entry.subject !== promotion) throw wrong(`entry ${index} is about ${entry.subject}, not about ${promotion}`)
  return entry
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function jsonIn(source: Uint8Array | string, limits: { maxBytes: number }): unknown {
  try {
    return parseStrictJson(source, limits)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw wrong(error.message, error)
  }
}

function wrong(what: string, cause?: unknown): Refusal {
  return new Refusal('unprocessable', `the proof does not hold: ${what}`, { reason: 'proof_invalid', cause })
}
