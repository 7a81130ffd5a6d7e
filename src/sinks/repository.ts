import type { BranchFile } from '../core/branch-file.ts'
import type { CheckpointSink } from '../core/checkpoint-sink.ts'
import { keptCheckpoint, refuseFork } from './refuse-fork.ts'

/** A branch of a git repository: each delivered checkpoint is a commit, and goes on from the one before. */
export function repositorySink(branch: BranchFile): CheckpointSink {
  const name = `repository ${branch.name}`
  return {
    name,
    async deliver({ size, note }, log) {
      const before = await branch.read()
      if (before?.text === note) return
      if (before && before.text !== null) {
        const kept = keptCheckpoint(name, before.text, log)
        await refuseFork(name, kept, log)
        if (kept.size > size) return
      }
      const message = `Checkpoint of ${log.key.name}: ${size} entries`
      await branch.write(note, { after: before?.commit ?? null, message })
    },
  }
}
