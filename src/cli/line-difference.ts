import { diffArrays } from 'diff'

/** A line of two texts: of both, or only of the one before or after. */
export interface ComparedLine {
  of: 'both' | 'before' | 'after'
  line: string
}

/** Beyond this many changed lines all count as changed: the answer is longer then, and as true. */
const mostEdits = 2000

/** What two texts have in common, line by line, and what only one of them has; what went stands before what came in its place. */
export function lineDifference(before: string[], after: string[]): ComparedLine[] {
  const told = (of: ComparedLine['of'], lines: string[]) => lines.map((line) => ({ of, line }))
  const changes = diffArrays(before, after, { maxEditLength: mostEdits })
  if (!changes) return [...told('before', before), ...told('after', after)]
  return changes.flatMap(({ value, added, removed }) => told(added ? 'after' : removed ? 'before' : 'both', value))
}
