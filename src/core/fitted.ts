import { canonical } from './digest.ts'

/** The most bytes that an entry's data may take: a C2SP bundle gives an entry's length in 16 bits, and the rest of the entry needs some of them. */
export const dataLimitBytes = 60_000

/** How long texts may be and how much lists and records may hold, from generous to meagre. */
const cuts = [
  { characters: 4096, items: 1000 },
  { characters: 1024, items: 200 },
  { characters: 256, items: 50 },
  { characters: 128, items: 10 },
]

/** The data as it is when it fits into an entry; otherwise with long texts and lists cut, and `cut` set, so that no size of a reason or a link can stop what is to be recorded. */
export function fitted(data: Record<string, unknown>): Record<string, unknown> {
  if (bytesOf(data) <= dataLimitBytes) return data
  for (const limits of cuts) {
    const smaller = { ...(cut(data, limits) as typeof data), cut: true }
    if (bytesOf(smaller) <= dataLimitBytes) return smaller
  }
  throw new RangeError(`${Object.keys(data).join(', ')}: too much for one entry, also when cut`)
}

function cut(value: unknown, limits: (typeof cuts)[number]): unknown {
  if (typeof value === 'string') return clipped(value, limits.characters)
  if (Array.isArray(value)) return value.slice(0, limits.items).map((item) => cut(item, limits))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, limits.items)
      .map(([key, item]) => [key, cut(item, limits)]),
  )
}

/** At most that many characters; what is left out shows as `…`, and no character is cut in half. */
export function clipped(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

function bytesOf(data: unknown): number {
  return Buffer.byteLength(canonical(data))
}
