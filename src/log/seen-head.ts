import { rm } from 'node:fs/promises'
import { checkpointText, openCheckpoint, type Checkpoint } from '../core/checkpoint.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere, writeAtomic } from '../files/durable-file.ts'
import type { LogKey } from './key.ts'

/** The newest checkpoint a server has seen of its log; what the database says later must begin with it. */
export interface SeenHead {
  newest(): Checkpoint | null
  /** Takes the place of the one before, at once in memory. */
  see(checkpoint: Checkpoint | null): void
  /** Returns when what was seen is remembered for good; does nothing when it already is. */
  settle(): Promise<void>
}

/** Forgets with the process; for logs that live no longer. */
export function seenInMemory(): SeenHead {
  let newest: Checkpoint | null = null
  return {
    newest: () => newest,
    see(checkpoint) {
      newest = checkpoint
    },
    settle: async () => undefined,
  }
}

/**
 * Remembers it outside the database, in a file that holds it as a signed note: a database that lost its newest entries,
 * by a restored backup (F10) or a failover (F09), is noticed also after a restart. Refuses a file of another log or key.
 */
export async function openSeenHead(file: string, key: LogKey): Promise<SeenHead> {
  let newest = await readSeen(file, key)
  let kept = newest
  return {
    newest: () => newest,
    see(checkpoint) {
      newest = checkpoint
    },
    async settle() {
      if (newest === kept) return
      const settling = newest
      if (settling) await writeAtomic(file, key.sign(checkpointText(settling)))
      else await rm(file)
      kept = settling
    },
  }
}

async function readSeen(file: string, key: LogKey): Promise<Checkpoint | null> {
  const note = await readIfThere(file)
  if (note === null) return null
  const opened = openCheckpoint(note, key)
  if ('checkpoint' in opened) return opened.checkpoint
  throw new Refusal(
    'conflict',
    `${file} remembers where the log of this server ended, and is ${opened.problem}; give the server back the key and LOCKFLIGHT_ORIGIN it had, or move that file away if it is to keep another log from now on`,
    { reason: 'log_key' },
  )
}
