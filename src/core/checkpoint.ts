import { hashSize, type Hash } from './merkle.ts'
import { bytesOf, openNote, type VerifierKey } from './note.ts'

/** The state of a log at one size (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Which log it is. */
  origin: string
  size: number
  root: Hash
}

/** A checkpoint as the log has signed and stored it. */
export interface SignedCheckpoint {
  size: number
  note: string
}

/** A checkpoint as the text that is signed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

/** Reads the signed text; null unless it is exactly the three lines we write (extension lines cannot be audited). */
export function readCheckpointText(text: string): Checkpoint | null {
  const checkpoint = readCheckpointHead(text)
  return checkpoint && text === checkpointText(checkpoint) ? checkpoint : null
}

/** The same for the checkpoint of any log: lines of its own may follow the three. */
export function readCheckpointHead(text: string): Checkpoint | null {
  const [, origin, size, encoded] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)\n(?:[^\n]+\n)*$/.exec(text) ?? []
  const root = encoded === undefined ? null : bytesOf(encoded)
  if (!origin || root?.length !== hashSize || !Number.isSafeInteger(Number(size))) return null
  return { origin, size: Number(size), root }
}

/** The checkpoint in a note, when this key has signed it for the log of its own name. */
export function openCheckpoint(note: string, key: VerifierKey): { checkpoint: Checkpoint } | { problem: string } {
  const opened = openNote(note, key)
  if ('problem' in opened) return opened
  const checkpoint = readCheckpointText(opened.text)
  if (!checkpoint) return { problem: 'the signed text is not a checkpoint' }
  if (checkpoint.origin !== key.name) return { problem: `a checkpoint of ${checkpoint.origin}, not of ${key.name}` }
  return { checkpoint }
}
