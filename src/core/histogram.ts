/** Durations by how many there were of each; two can be added, so a year is the sum of its days. */
export type Histogram = Map<number, number>

const exactBits = 7
const longest = 2 ** 31

/** The duration as a histogram keeps it: whole seconds up to two minutes, above that within 0.8 %. */
export function bucketOf(seconds: number): number {
  const whole = Math.min(Math.max(0, Math.round(seconds)), longest)
  const width = 2 ** Math.max(0, 32 - Math.clz32(whole) - exactBits)
  return Math.round(whole / width) * width
}

/** Adds one duration in place. */
export function observe(histogram: Histogram, seconds: number): void {
  const bucket = bucketOf(seconds)
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + 1)
}

/** Adds all of the second to the first, in place. */
export function addHistogram(histogram: Histogram, other: Histogram): void {
  for (const [bucket, count] of other) histogram.set(bucket, (histogram.get(bucket) ?? 0) + count)
}

/** In seconds, by definition 2 of Hyndman and Fan (1996): the nearest rank, and half-way to the next where the rank is whole, so that the 50th is the median as everyone knows it; null without any. */
export function percentile(histogram: Histogram, percent: number): number | null {
  const total = histogram.values().reduce((sum, count) => sum + count, 0)
  const durations = [...histogram].sort(([a], [b]) => a - b)
  const rank = (total * percent) / 100
  const below = durationAt(durations, Math.ceil(rank))
  const above = durationAt(durations, Math.min(total, Math.floor(rank) + 1))
  return below === null || above === null ? null : (below + above) / 2
}

function durationAt(durations: [seconds: number, count: number][], rank: number): number | null {
  let below = 0
  for (const [seconds, count] of durations) {
    below += count
    if (below >= rank) return seconds
  }
  return null
}

/** The bytes to keep: pairs of duration and count, each 32 bits little-endian. */
export function encodeHistogram(histogram: Histogram): Uint8Array {
  const pairs = [...histogram].sort(([a], [b]) => a - b)
  const bytes = Buffer.alloc(pairs.length * 8)
  pairs.forEach(([bucket, count], at) => {
    bytes.writeUInt32LE(bucket, at * 8)
    bytes.writeUInt32LE(count, at * 8 + 4)
  })
  return bytes
}

/** Adds what `encodeHistogram` wrote to a histogram, in place. */
export function addEncoded(histogram: Histogram, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.byteLength; at += 8) {
    const bucket = view.getUint32(at, true)
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + view.getUint32(at + 4, true))
  }
}
