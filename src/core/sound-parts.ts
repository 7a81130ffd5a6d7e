import type { z } from 'zod'

type Issue = z.core.$ZodRawIssue

/**
 * What is right in a record of parts at a path of a parsed value: of each part the keys that no issue is about, so that
 * they can be checked against each other beside what is wrong elsewhere. Undefined when the whole record is wrong or absent.
 */
export function soundParts<Part extends object>(
  parts: Record<string, Part> | undefined,
  at: PropertyKey[],
  issues: readonly Issue[],
): Record<string, Partial<Part>> | undefined {
  if (parts === undefined || issues.some((issue) => isAbout(issue, at))) return undefined
  const inside = issues.filter((issue) => at.every((name, index) => pathOf(issue)[index] === name))
  const byName = Map.groupBy(inside, (issue) => pathOf(issue)[at.length])
  // A part whose name is wrong is there all the same.
  const misnamed = inside.flatMap((issue) => (issue.code === 'invalid_key' ? [[String(issue.path?.at(-1)), {}]] : []))
  const sound = Object.entries(parts).map(([name, part]) => [name, soundKeys(part, [...at, name], byName.get(name))])
  return Object.fromEntries([...misnamed, ...sound]) as Record<string, Partial<Part>>
}

function soundKeys(part: object, at: PropertyKey[], issues: Issue[] = []): object {
  if (issues.length === 0) return part
  const right = Object.entries(part).filter(([key]) => {
    const place = [...at, key]
    return issues.every((issue) => !isAbout(issue, place) && pathOf(issue)[at.length] !== key)
  })
  return Object.fromEntries(right)
}

/** Whether it is about that place or something around it. Beside a key that nobody knows, what is absent may be what was meant. */
function isAbout(issue: Issue, place: PropertyKey[]): boolean {
  const path = pathOf(issue)
  if (path.length > place.length || path.some((name, index) => name !== place[index])) return false
  if (issue.code !== 'unrecognized_keys') return true
  const next = place[path.length]
  return next !== undefined && !Object.hasOwn(issue.input as object, next)
}

function pathOf(issue: Issue): PropertyKey[] {
  return issue.path ?? []
}
