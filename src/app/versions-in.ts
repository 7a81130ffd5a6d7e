import type { Digest } from '../core/digest.ts'
import type { Release } from '../core/release.ts'
import type { Transaction } from '../core/store.ts'

/** The label of a release, as people call it. */
export type Versions = (release: Digest) => Promise<string>

/** Labels within one transaction; each release is read at most once, and a known one never. */
export function versionsIn(tx: Transaction, project: string, known: Release[] = []): Versions {
  const versions = new Map<Digest, string | Promise<string>>(known.map(({ digest, version }) => [digest, version]))
  return async (release) => {
    const version = versions.get(release) ?? tx.releases.get(project, release).then((found) => found.version)
    versions.set(release, version)
    return version
  }
}

/** The rows of a list, each with the label of its release. */
export async function withVersions<Row extends { release: Digest }>(
  rows: Row[],
  versions: Versions,
): Promise<(Row & { releaseVersion: string })[]> {
  return Promise.all(rows.map(async (row) => ({ ...row, releaseVersion: await versions(row.release) })))
}
