import { openCheckpoint, type Checkpoint } from './checkpoint.ts'
import { cosignatureOf } from './cosignature.ts'
import { append, emptyFrontier, leafHash, rootOf, sameHash, type Frontier, type Hash } from './merkle.ts'
import type { VerifierKey } from './note.ts'

/** An entry as an export shows it: its place, its exact bytes as text, and the hash that the tree has for it. */
export interface ExportedEntry {
  index: number
  body: string
  /** Null when the tree has none. */
  leaf: Hash | null
}

/** Everything that a log shows, and what its verifier knew before. */
export interface LogEvidence {
  /** All entries, in order. */
  entries: AsyncIterable<ExportedEntry>
  /** Every checkpoint the log has signed, as notes, the smallest first. */
  checkpoints: AsyncIterable<string>
  /** Checkpoints that the verifier kept from before or got elsewhere, in any order. */
  held: string[]
  key: VerifierKey
  /** Who must have cosigned the log as far as it goes here; nobody when absent. */
  witnesses?: VerifierKey[]
}

/** How much of a log a witness has cosigned, and when: it saw no other log of this name. */
export interface Witnessed {
  name: string
  size: number
  /** Whole seconds since 1970; 0 where it has cosigned nothing. */
  time: number
}

/**
 * Whether a log is what it was. `index` is the first entry that is seen to be wrong or missing; the first `proven`
 * entries are those that a signed checkpoint vouches for. `integrity`: an entry is not the one that was signed;
 * `completeness`: an entry that was signed is missing; `consistency`: the log has shown two histories, or one that its
 * key did not sign; `witnesses`: it agrees with itself, but a witness that must have cosigned it has not.
 */
export type LogVerdict =
  | { ok: true; size: number; root: Hash; checkpoints: number; witnesses: Witnessed[] }
  | {
      ok: false
      violates: 'integrity' | 'completeness' | 'consistency' | 'witnesses'
      index: number
      proven: number
      reason: string
    }

/** Reads the log once from its first entry to its last, in constant memory, and stops at the first thing that is wrong. */
export async function verifyLog({ entries, checkpoints, held, key, witnesses = [] }: LogEvidence): Promise<LogVerdict> {
  const kept = openAll(held, key)
  if ('problem' in kept) return bad('consistency', 0, 0, `a checkpoint that was kept is ${kept.problem}`)
  const signed = checkpoints[Symbol.asyncIterator]()
  const frontier = emptyFrontier()
  const seenBy = new Map(witnesses.map((witness) => [witness, { name: witness.name, size: 0, time: 0 }]))
  const known: Known = { own: 0, ofHeld: 0, count: 0, seenBy }

  let own = await nextCheckpoint(signed, key, known)
  if (own && 'violates' in own) return own
  for await (const entry of entries) {
    const wrong = addEntry(frontier, entry, known)
    if (wrong) return wrong
    if (own?.size === frontier.size) {
      if (!sameHash(own.root, rootOf(frontier))) return changed(known, own)
      known.own = own.size
      known.count += 1
      noteWitnesses(known, own)
      own = await nextCheckpoint(signed, key, known)
      if (own && 'violates' in own) return own
    }
    while (kept[0]?.size === frontier.size) {
      const one = kept.shift()!
      if (!sameHash(one.root, rootOf(frontier))) return forked(known, one.size)
      known.ofHeld = one.size
      noteWitnesses(known, one)
    }
  }
  return atTheEnd(
    frontier,
    known,
    [own, kept.at(-1)].filter((checkpoint) => checkpoint != null),
  )
}

/** How far the log is proven, and by what. */
interface Known {
  own: number
  ofHeld: number
  count: number
  seenBy: Map<VerifierKey, Witnessed>
}

/** A checkpoint with the note it stands in. */
interface Noted extends Checkpoint {
  note: string
}

/** Called once the entries are known to give the checkpoint's root. */
function noteWitnesses({ seenBy }: Known, { size, note }: Noted): void {
  for (const witness of seenBy.keys()) {
    const cosignature = cosignatureOf(note, witness)
    if (cosignature) seenBy.set(witness, { name: witness.name, size, time: cosignature.time })
  }
}

type Bad = Extract<LogVerdict, { ok: false }>

function openAll(notes: string[], key: VerifierKey): Noted[] | { problem: string } {
  const opened = notes.map((note) => ({ note, ...openCheckpoint(note, key) }))
  const wrong = opened.find((one) => 'problem' in one)
  if (wrong) return wrong
  return opened
    .flatMap((one) => ('checkpoint' in one ? [{ ...one.checkpoint, note: one.note }] : []))
    .filter(({ size }) => size > 0)
    .sort((a, b) => a.size - b.size)
}

async function nextCheckpoint(
  notes: AsyncIterator<string>,
  key: VerifierKey,
  known: Known,
): Promise<Noted | Bad | null> {
  const next = await notes.next()
  if (next.done) return null
  const opened = openCheckpoint(next.value, key)
  if ('problem' in opened) {
    return bad(
      'consistency',
      provenBy(known),
      provenBy(known),
      `the checkpoint after that of size ${known.own} is ${opened.problem}`,
    )
  }
  const { checkpoint } = opened
  return checkpoint.size > known.own
    ? { ...checkpoint, note: next.value }
    : bad(
        'consistency',
        provenBy(known),
        provenBy(known),
        `after the checkpoint of size ${known.own} comes one of size ${checkpoint.size}`,
      )
}

function addEntry(frontier: Frontier, { index, body, leaf }: ExportedEntry, known: Known): Bad | null {
  const expected = frontier.size
  const wrong = (violates: Bad['violates'], at: number, reason: string) => bad(violates, at, provenBy(known), reason)
  if (index > expected) return wrong('completeness', expected, `entry ${expected} is missing; the next one is ${index}`)
  if (index < expected) return wrong('integrity', index, `entry ${index} is there twice, or out of order`)
  const hash = leafHash(body)
  if (!leaf || !sameHash(leaf, hash)) {
    return wrong('integrity', index, `entry ${index} is not the one that the tree has at its place`)
  }
  append(frontier, hash)
  return null
}

function changed(known: Known, { size }: Checkpoint): Bad {
  const from = provenBy(known)
  const which = size - from === 1 ? `entry ${from}` : `one of the entries ${from} to ${size - 1}`
  const reason = `the first ${size} entries do not give the root that was signed for them: ${which} was changed`
  return bad('integrity', from, from, reason)
}

function forked({ ofHeld }: Known, size: number): Bad {
  const reason = `the first ${size} entries are not those of the kept checkpoint of that size: the log has two histories`
  return bad('consistency', ofHeld, ofHeld, reason)
}

function atTheEnd(frontier: Frontier, known: Known, unreached: Checkpoint[]): LogVerdict {
  const { size } = frontier
  const signedSize = Math.max(0, ...unreached.map((checkpoint) => checkpoint.size))
  if (signedSize > size) {
    const reason = `only the first ${size} entries are there, but a checkpoint was signed after ${signedSize}`
    return bad('completeness', size, provenBy(known), reason)
  }
  if (size > known.own) {
    return bad('integrity', known.own, known.own, `the entries from ${known.own} on are under no signed checkpoint`)
  }
  const witnesses = [...known.seenBy.values()]
  const behind = witnesses.find((witness) => witness.size < size)
  if (behind) return unwitnessed(behind, size)
  return { ok: true, size, root: rootOf(frontier), checkpoints: known.count, witnesses }
}

/** The log's own key vouches for these entries, which is all that someone who stole it could do. */
function unwitnessed({ name, size, time }: Witnessed, all: number): Bad {
  const seen =
    size === 0 ? 'nothing of it' : `only its first ${size} entries, at ${new Date(time * 1000).toISOString()}`
  return bad('witnesses', size, size, `the log has ${all} entries, and the witness ${name} has cosigned ${seen}`)
}

function provenBy({ own, ofHeld }: Known): number {
  return Math.max(own, ofHeld)
}

function bad(violates: Bad['violates'], index: number, proven: number, reason: string): Bad {
  return { ok: false, violates, index, proven, reason }
}
