import { insidePath } from '../core/names.ts'

/** The regular files with one of these names in what `git ls-tree -r -z` printed, nearest to the root first; none whose path could be read in two ways. */
export function listedFiles(listed: Buffer, names: readonly string[]): string[] {
  return listed
    .toString()
    .split('\0')
    .flatMap((line) => /^100\d{3} blob [0-9a-f]+\t(.+)$/s.exec(line)?.[1] ?? [])
    .filter((path) => names.includes(path.slice(path.lastIndexOf('/') + 1)))
    .filter((path) => insidePath.safeParse(path).success && !path.includes('\uFFFD'))
    .toSorted((one, other) => depthOf(one) - depthOf(other) || (one < other ? -1 : 1))
}

function depthOf(path: string): number {
  return path.split('/').length
}
