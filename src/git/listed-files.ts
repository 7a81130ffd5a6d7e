import { insidePath } from '../core/names.ts'

/** The regular files with one of these names in what `git ls-tree -r -z` printed, nearest to the root first; none whose path could be read in two ways. */
export function listedFiles(listed: Buffer, names: readonly string[]): string[] {
  return names
    .flatMap((name) => pathsTo(name, listed))
    .filter((path) => insidePath.safeParse(path).success && !path.includes('\uFFFD'))
    .toSorted((one, other) => depthOf(one) - depthOf(other) || (one < other ? -1 : 1))
}

function pathsTo(name: string, listed: Buffer): string[] {
  return linesWith(listed, name)
    .flatMap((line) => /^100\d{3} blob [0-9a-f]+\t(.+)$/s.exec(line)?.[1] ?? [])
    .filter((path) => path.slice(path.lastIndexOf('/') + 1) === name)
}

/** Those that end with it. Only they become text: the list of a large repository takes hundreds of megabytes. */
function linesWith(listed: Buffer, name: string): string[] {
  const end = Buffer.from(`${name}\0`)
  const lines: string[] = []
  for (let at = listed.indexOf(end); at !== -1; at = listed.indexOf(end, at + end.length)) {
    const start = at === 0 ? 0 : listed.lastIndexOf(0, at - 1) + 1
    lines.push(listed.toString('utf8', start, at + end.length - 1))
  }
  return lines
}

function depthOf(path: string): number {
  return path.split('/').length
}
