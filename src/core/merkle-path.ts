import type { Subtree } from './merkle.ts'

/** The leaves from `start` up to, not including, `end`. */
export interface Span {
  start: number
  end: number
}

/** The spans whose roots prove that a leaf is in a tree of that size, in the proof's order (RFC 6962 §2.1.1). */
export function inclusionSpans(index: number, size: number): Span[] {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError(`no leaf ${index} in a tree of ${size}`)
  return descend(index, { start: 0, end: size })
}

/** The spans whose roots prove that a tree begins with a smaller one, in the proof's order (RFC 6962 §2.1.2). */
export function consistencySpans(size1: number, size2: number): Span[] {
  if (!isSize(size1) || !isSize(size2) || size1 < 1 || size1 > size2) {
    throw new RangeError(`no tree of ${size1} leaves at the beginning of one of ${size2}`)
  }
  const spans: Span[] = []
  let { start, end } = { start: 0, end: size2 }
  while (end !== size1) {
    const middle = start + half(end - start)
    if (size1 <= middle) {
      spans.unshift({ start: middle, end })
      end = middle
    } else {
      spans.unshift({ start, end: middle })
      start = middle
    }
  }
  // When the smaller tree is itself a complete subtree on the left edge, the verifier already has its root.
  return start === 0 ? spans : [{ start, end }, ...spans]
}

/** A span as complete subtrees, largest first; `joined` over their hashes is its root. */
export function subtreesOf({ start, end }: Span): Subtree[] {
  const subtrees: Subtree[] = []
  let from = start
  while (from < end) {
    let level = 0
    while (from % 2 ** (level + 1) === 0 && from + 2 ** (level + 1) <= end) level += 1
    subtrees.push({ level, index: from / 2 ** level })
    from += 2 ** level
  }
  return subtrees
}

function descend(index: number, { start, end }: Span): Span[] {
  if (end - start === 1) return []
  const middle = start + half(end - start)
  return index < middle
    ? [...descend(index, { start, end: middle }), { start: middle, end }]
    : [...descend(index, { start: middle, end }), { start, end: middle }]
}

/** The largest power of two below the size of a span of at least two leaves. */
function half(size: number): number {
  let power = 1
  while (power * 2 < size) power *= 2
  return power
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
