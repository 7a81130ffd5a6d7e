/** One file on a branch of a repository elsewhere; every version of it is a commit. */
export interface BranchFile {
  /** The repository and the branch, without credentials. */
  name: string
  /** What the branch has now; null while there is no such branch, the text null while it has no such file. */
  read(): Promise<{ commit: string; text: string | null } | null>
  /** Adds a commit on top of that one, or the first of a new branch; refuses when the branch has gone on since, and never forces. */
  write(text: string, version: { after: string | null; message: string }): Promise<void>
}
