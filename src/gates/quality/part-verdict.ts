/** What one part of the quality gate found. */
export interface PartVerdict {
  expected: string
  observed: string
  /** What is not as it must be. */
  failed: string[]
  /** What could not be told. */
  unknown: string[]
  /** What people should know although it is in order. */
  notes: string[]
}

/** The first of a long list, and how many more there are. */
export function firstOf(items: string[], total = items.length, most = 20): string {
  const shown = items.slice(0, most)
  const rest = total - shown.length
  return `${shown.join(', ')}${rest > 0 ? `${shown.length > 0 ? ' ' : ''}and ${rest} more` : ''}`
}
