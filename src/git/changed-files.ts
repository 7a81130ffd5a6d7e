import { lineRangesText, unitedLines, type LineRanges } from '../core/line-ranges.ts'
import type { ChangedFile } from '../core/source-change.ts'

/** What `git diff-tree` is to print for `changedFiles`: every file as text, whatever attributes of the repository say, and no line that did not change. */
export const diffArguments = [
  'diff-tree',
  '-r',
  '--patch',
  '--unified=0',
  '--text',
  '--find-renames',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]

/** The files of such a diff that are there afterwards, with the lines that are new in them; throws on what git does not print. */
export function changedFiles(diff: string): ChangedFile[] {
  const files: { path: string; lines: LineRanges }[] = []
  let inHunk = 0
  for (const line of diff.split('\n')) {
    // What a file says must not be taken for what git says, so the lines of a hunk are counted and not looked at.
    if (inHunk > 0) {
      if (!line.startsWith('\\')) inHunk -= 1
      continue
    }
    const [, path] = /^\+\+\+ (.+?)\t?$/s.exec(line) ?? []
    if (path !== undefined && path !== '/dev/null') files.push({ path: pathOf(path), lines: [] })
    const [hunk, removed = '1', first, added = '1'] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? []
    if (hunk === undefined) continue
    if (Number(added) > 0) files.at(-1)?.lines.push([Number(first), Number(first) + Number(added) - 1])
    inHunk = Number(removed) + Number(added)
  }
  return files.map((file) => ({ path: file.path, lines: lineRangesText(unitedLines(file.lines)) }))
}

/** Git puts names with odd characters in quotes, their bytes as in C. */
function pathOf(printed: string): string {
  const plain = printed.startsWith('"') ? unquoted(printed.slice(1, -1)) : printed
  if (!plain.startsWith('b/')) throw new Error(`expected a path below b/ in a diff, found ${printed.slice(0, 200)}`)
  return plain.slice(2)
}

const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

function unquoted(text: string): string {
  const bytes = [...text.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)].flatMap(([, octal, letter, plain]) => {
    if (octal !== undefined) return [Number.parseInt(octal, 8)]
    return letter === undefined ? [...Buffer.from(plain ?? '')] : [escapes[letter] ?? letter.charCodeAt(0)]
  })
  return Buffer.from(bytes).toString()
}
