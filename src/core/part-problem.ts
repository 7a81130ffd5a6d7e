/** Something wrong with a part of a configuration although it fits its schema; the path points at it. */
export interface PartProblem {
  path: PropertyKey[]
  message: string
  /** A name that is none of those it has to be one of; `own` is one of them that it cannot mean. */
  unknown?: { name: string; known: string[]; own?: string }
}

const mostListed = 20

/** Names as a message shows them, never too many; `none` when there are none. */
export function listed(names: string[], none: string): string {
  if (names.length === 0) return none
  const rest = names.length - mostListed
  return `${names.slice(0, mostListed).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
