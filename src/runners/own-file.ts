import { lstat } from 'node:fs/promises'
import { Refusal } from '../core/refusal.ts'
import type { JobRequest } from '../core/runner.ts'
import { withFileInside } from './file-inside.ts'

/** A job whose every step succeeded. */
export interface Finished {
  request: JobRequest
  /** Nothing writes there any more. */
  area: string
  /** The checkout as the job saw it, which is where its tools say that files are. */
  workspace: string
  /** The user the job ran as: no file of anyone else's is taken, whatever it is linked to. */
  owner: number
}

/** Gives a regular file of the job's own to `use`; refuses what is missing, closed, anything else than a regular file, someone else's, or reached through a link. `path` is relative to the area. */
export async function useOwnFile<Result>(
  { area, owner }: Finished,
  { about, path, shown }: { about: string; path: string; shown: string },
  use: (safePath: string) => Promise<Result>,
): Promise<Result> {
  const result = await withFileInside(area, path, async (file) => {
    const status = await lstat(file)
    return status.isFile() && status.uid === owner ? { used: await use(file) } : null
  })
  if (result) return result.used
  throw new Refusal(
    'unprocessable',
    `${about}: expected a regular file at ${shown}, found none after the last step (links are not followed)`,
    { reason: 'file_missing' },
  )
}
