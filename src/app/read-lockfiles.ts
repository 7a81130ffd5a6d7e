import { digestOf } from '../core/digest.ts'
import { lockfileNames, readLockfile, type Lockfile } from '../core/lockfile.ts'
import { Refusal } from '../core/refusal.ts'
import type { Source } from '../core/release.ts'
import type { App } from './app.ts'

/** So many of them are looked at, those nearest to the root; none that is larger. */
const mostLockfiles = 50
const largestBytes = 64 * 1024 * 1024
/** Of all of them together; one more lockfile, which may name as many, is looked into only below that. */
const mostPackages = 50_000

/** The lockfiles of a commit, from the repository and never from a job's folder, where a step could have changed them. */
export async function readLockfiles({ repositories }: App, { repository, commit }: Source): Promise<Lockfile[]> {
  const paths = await repositories.find(repository, commit, lockfileNames)
  const found: Lockfile[] = []
  let seen = 0
  // One after the other: each may take a lot of room.
  for (const path of paths.slice(0, mostLockfiles)) {
    const bytes = await bytesOrNull(() => repositories.read(repository, commit, path, largestBytes))
    if (!bytes) continue
    const packages = seen < mostPackages ? readLockfile(path, bytes) : null
    seen += packages?.length ?? 0
    found.push({ path, digest: digestOf(bytes), packages })
  }
  return found
}

async function bytesOrNull(read: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too_large') return null
    throw error
  }
}
