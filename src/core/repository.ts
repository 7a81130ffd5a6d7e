import type { ChangedFile } from './source-change.ts'

/** One commit as a repository knows it. */
export interface Commit {
  /** Full lower-case id. */
  id: string
  /** The branch it was asked for by; null when it was asked for by id or tag. */
  branch: string | null
  /** Lower-case. */
  authorEmail: string
  subject: string
  committedAt: Date
}

/** Git repositories by URL or local path. Names that could be taken for options are refused. */
export interface Repositories {
  /** How releases and provenance name it: without credentials, local paths absolute and resolved. */
  nameOf(repository: string): string
  /** Refuses with `not_found` an unknown repository or ref. `HEAD` means the default branch, or a local repository's checked-out one. */
  resolve(repository: string, ref: string): Promise<Commit>
  /** A file of that commit; refuses with `not_found`, and with `too_large` above `limitBytes`. */
  read(repository: string, commit: string, path: string, limitBytes: number): Promise<Uint8Array>
  /** The paths of that commit's files that have one of these names, in whatever folder; those nearest to the root first. */
  find(repository: string, commit: string, names: readonly string[]): Promise<string[]>
  /** What the second commit has that is not in the first; refuses with `not_found` when either is not there, and with `too_large` what nobody could judge. */
  changes(repository: string, from: string, to: string): Promise<ChangedFile[]>
  /** Puts a fresh checkout of exactly that commit into an empty folder; nothing in it is shared with the source. */
  checkout(repository: string, commit: string, folder: string): Promise<void>
}
