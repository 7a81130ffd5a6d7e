import { dirname } from 'node:path'
import type { CheckpointSink } from '../core/checkpoint-sink.ts'
import { Refusal } from '../core/refusal.ts'
import { readIfThere, writeAtomic } from '../files/durable-file.ts'
import { keptCheckpoint, refuseFork } from './refuse-fork.ts'

/** A file with the newest checkpoint as a signed note, readable for everyone; it is replaced in one step, and only by one that goes on from it. */
export function fileSink(file: string): CheckpointSink {
  const name = `file ${file}`
  return {
    name,
    async deliver({ size, note }, log) {
      const before = await readIfThere(file)
      if (before === note) return
      if (before !== null) {
        const kept = keptCheckpoint(name, before, log)
        await refuseFork(name, kept, log)
        if (kept.size > size) return
      }
      try {
        await writeAtomic(file, note, 0o644)
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
        // Not made here: a place that is not mounted would be filled on the wrong disk.
        throw new Refusal('unavailable', `expected the folder ${dirname(file)}, found none; mount or make it`, {
          cause,
        })
      }
    },
  }
}
