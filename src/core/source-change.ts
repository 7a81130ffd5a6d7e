import { z } from 'zod'

/** A file as one commit changed it from another. */
export const changedFile = z.strictObject({
  /** With `/`, relative to the repository. */
  path: z.string(),
  /** The lines that are new or different in the later commit, as in `3-7,9`; empty when there are none. */
  lines: z.string(),
})
export type ChangedFile = z.output<typeof changedFile>

/** What changed between two commits, or why that is not known; moved files count with their changed lines only. */
export type SourceChange = { files: ChangedFile[] } | { problem: string }

/** What changed between the commits of releases; never asked of git inside a transaction, so it is kept. */
export interface SourceChanges {
  /** Null when nobody has asked yet. */
  find(project: string, from: string, to: string): Promise<SourceChange | null>
  /** A later answer takes the place of an earlier problem. */
  save(project: string, pair: { from: string; to: string }, change: SourceChange): Promise<void>
}
