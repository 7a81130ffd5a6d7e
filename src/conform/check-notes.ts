import { openCheckpoint } from '../core/checkpoint.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { openNote, readVkey, type VerifierKey } from '../core/note.ts'
import { Disbelieved } from '../core/disbelieved.ts'
import { readText } from './read-bytes.ts'

type NoteCase = Extract<ConformanceCase, { vkey: string }>

/** Verifies a signed note (C2SP signed-note). */
export async function checkNote({ vkey, file }: NoteCase): Promise<string> {
  return found(openNote(await readText(file), keyOf(vkey)), 'signature.invalid', () => '')
}

/** Verifies a checkpoint of the log that the key is named after (C2SP tlog-checkpoint). */
export async function checkCheckpoint({ vkey, file }: NoteCase): Promise<string> {
  const opened = openCheckpoint(await readText(file), keyOf(vkey))
  return found(opened, 'tlog.checkpoint', ({ checkpoint: { origin, size } }) => `${origin} at size ${size}`)
}

function keyOf(vkey: string): VerifierKey {
  const key = readVkey(vkey)
  if (key) return key
  throw new Disbelieved('key.malformed', 'expected an Ed25519 key as name+keyid+base64')
}

function found<Opened extends object>(
  opened: Opened | { problem: string },
  reason: 'signature.invalid' | 'tlog.checkpoint',
  say: (opened: Opened) => string,
): string {
  if ('problem' in opened) throw new Disbelieved(reason, opened.problem)
  return say(opened)
}
