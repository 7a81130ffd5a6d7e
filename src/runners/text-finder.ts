/** Finds many patterns in text that comes one character at a time (Aho and Corasick, 1975). */
export interface TextFinder {
  /** Takes the UTF-16 unit at a position; the position where the longest pattern that ends here began, or -1. */
  feed(unit: number, position: number): number
  /** How many of the units taken last may be the beginning of a pattern. */
  depth(): number
  /** Where those units begin. */
  beginning(): number
}

/** A finder of the patterns; units in `skipped` are passed over within a match. */
export function createTextFinder(patterns: string[], skipped: ReadonlySet<number> = new Set()): TextFinder {
  const { next, fallback, longest, depths } = build(patterns)
  const follow = (node: number, unit: number) => next.get(node * 65_536 + unit)
  let node = 0
  /** Positions of the units that led to this node; the last ones count. */
  let trail: number[] = []

  return {
    feed(unit, position) {
      if (skipped.has(unit)) return -1
      let to = follow(node, unit)
      while (to === undefined && node !== 0) {
        node = fallback[node] ?? 0
        to = follow(node, unit)
      }
      node = to ?? 0
      if (node === 0) {
        if (trail.length > 0) trail = []
        return -1
      }
      trail.push(position)
      const depth = depths[node] ?? 0
      if (trail.length > 2 * depth + 64) trail = trail.slice(-depth)
      const length = longest[node] ?? 0
      return length === 0 ? -1 : (trail[trail.length - length] ?? -1)
    },
    depth: () => depths[node] ?? 0,
    beginning: () => trail[trail.length - (depths[node] ?? 0)] ?? -1,
  }
}

interface Automaton {
  /** From node × 65 536 + unit to node; node 0 is the start. */
  next: Map<number, number>
  /** The node of the longest proper suffix. */
  fallback: number[]
  /** The length of the longest pattern that ends in each node; 0 when none does. */
  longest: number[]
  depths: number[]
}

function build(patterns: string[]): Automaton {
  const next = new Map<number, number>()
  const fallback = [0]
  const longest = [0]
  const depths = [0]
  const edges: { from: number; unit: number; to: number }[] = []
  for (const pattern of patterns) {
    let node = 0
    for (let index = 0; index < pattern.length; index++) {
      const unit = pattern.charCodeAt(index)
      const key = node * 65_536 + unit
      let to = next.get(key)
      if (to === undefined) {
        to = depths.push(index + 1) - 1
        next.set(key, to)
        edges.push({ from: node, unit, to })
      }
      node = to
    }
    longest[node] = pattern.length
  }
  // Shallow nodes first: a suffix is always shallower than what it is a suffix of.
  for (const { from, unit, to } of edges.sort((a, b) => (depths[a.to] ?? 0) - (depths[b.to] ?? 0))) {
    let suffix = from
    let found: number | undefined
    while (suffix !== 0 && found === undefined) {
      suffix = fallback[suffix] ?? 0
      found = next.get(suffix * 65_536 + unit)
    }
    fallback[to] = found ?? 0
    longest[to] = longest[to] ?? longest[found ?? 0] ?? 0
  }
  return { next, fallback, longest, depths }
}
