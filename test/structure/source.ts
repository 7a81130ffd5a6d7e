import { globSync, readFileSync } from 'node:fs'
import { parseSync, Visitor, type Program, type VisitorObject } from 'oxc-parser'

/** One TypeScript file as the structure rules see it. */
export interface Source {
  /** From the repository's root, forward slashes. */
  path: string
  text: string
  program: Program
  /** Block comments, as offsets into the text. */
  comments: { start: number; end: number; value: string }[]
}

/** Parses one file; throws when it is not valid TypeScript, so that no rule silently sees an empty tree. */
export function source(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text)
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`)
  return { path, text, program, comments: comments.filter(({ type }) => type === 'Block') }
}

/** Every TypeScript file of this repository that people write. */
export function allSources(): Source[] {
  parsed ??= globSync('{src,test,examples,bench,web}/**/*.{ts,tsx}', { exclude: ['**/node_modules/**'] })
    .sort()
    .map((path) => source(path, readFileSync(path, 'utf8')))
  return parsed
}

/** Read once for all rules. */
let parsed: Source[] | undefined

/** Calls the visitor for each matching node of the file. */
export function visit({ program }: Source, visitor: VisitorObject): void {
  new Visitor(visitor).visit(program)
}

/** True for a file that only a test run loads. */
export function isTest({ path }: Source): boolean {
  return path.endsWith('.test.ts') || path.endsWith('.test.tsx')
}

/** `path:line`, so that a terminal or editor can jump there. */
export function at({ path, text }: Source, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`
}
