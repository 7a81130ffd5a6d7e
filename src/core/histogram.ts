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

/** The smallest duration that at least that share of all do not exceed (nearest rank), in seconds; null without any. */
export function percentile(histogram: Histogram, share: number): number | null {
  const total = histogram.values().reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    below += count
    if (below >= share * total) return bucket
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
