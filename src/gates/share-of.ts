import { oneNumber, type Known } from './one-number.ts'
import type { ShareQuery } from './budget-queries.ts'
import type { Reading } from './prometheus.ts'

/** A little more good events than events is how `increase` extrapolates, and no contradiction. */
const tolerance = 0.01

/** The share of bad events that these readings say; whatever is missing, doubtful or contradictory is none. */
export function shareOf(
  { kind, queries }: Pick<ShareQuery, 'kind' | 'queries'>,
  readings: Reading[],
  { at, whenIdle }: { at: Date; whenIdle: 'inconclusive' | 'nothing-failed' },
): Known {
  if (queries.join('\n') !== readings.map(({ query }) => query).join('\n')) {
    return { outcome: 'inconclusive', reason: 'what was seen answers other queries than those to judge' }
  }
  const numbers: number[] = []
  for (const reading of readings) {
    const known = oneNumber(reading, { at })
    if ('outcome' in known) return { ...known, reason: `${known.reason}: ${reading.query}` }
    numbers.push(known.value)
  }
  const [part = Number.NaN, total = Number.NaN] = numbers
  if (kind === 'ratio') return bounded(part)
  if (total === 0 && part === 0) {
    return whenIdle === 'nothing-failed' ? { value: 0 } : inconclusive('there was not a single event')
  }
  if (!(total > 0) || part < 0) return inconclusive(`${part} of ${total} events makes no sense`)
  return bounded(kind === 'bad' ? part / total : 1 - part / total)
}

function bounded(share: number): Known {
  if (share < -tolerance || share > 1 + tolerance) return inconclusive(`a share of ${share} bad events makes no sense`)
  return { value: Math.min(1, Math.max(0, share)) }
}

function inconclusive(reason: string): Known {
  return { outcome: 'inconclusive', reason }
}
