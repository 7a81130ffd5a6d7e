import { inWords } from '../core/duration.ts'
import type { Reading } from './prometheus.ts'

/** How several samples may become one number. */
export const aggregates = ['max', 'min', 'avg', 'sum'] as const
export type Aggregate = (typeof aggregates)[number]

/** A number, or why there is none. */
export type Known = { value: number } | { outcome: 'inconclusive' | 'error'; reason: string }

/** The one number a reading stands for; whatever leaves a doubt stands for none (A32). */
export function oneNumber(
  { samples, at: seenAt, doubts, problem }: Reading,
  { at, aggregate }: { at: Date; aggregate?: Aggregate | undefined },
): Known {
  if (problem !== null) return { outcome: 'error', reason: problem }
  if (doubts.length > 0) return inconclusive(`Prometheus doubts its own answer: ${doubts.join('; ')}`)
  if (samples.length === 0 || seenAt === null) return inconclusive('no data: the query found no series')
  if (samples.length > 1 && aggregate === undefined) {
    const reason = `the query found ${samples.length} series; expected one, or an \`aggregate\` to make one of them`
    return { outcome: 'error', reason }
  }
  const apart = Math.abs(Date.parse(seenAt) - at.getTime()) / 1000
  if (apart > mostApartSeconds) {
    return inconclusive(`Prometheus answered for ${seenAt}, ${inWords(apart)} from now: its clock or a cache is off`)
  }
  const numbers = samples.map(({ value }) => Number(value.replace('Inf', 'Infinity')))
  const value = joined(numbers, aggregate)
  if (!Number.isFinite(value) || numbers.some((each) => !Number.isFinite(each))) {
    return inconclusive(`the value is ${samples.find(({ value: text }) => /[NI]/.test(text))?.value ?? 'no number'}`)
  }
  return { value }
}

/** Between the clock of Prometheus and that of the database (A31). */
const mostApartSeconds = 60

function inconclusive(reason: string): Known {
  return { outcome: 'inconclusive', reason }
}

function joined(numbers: number[], aggregate: Aggregate | undefined): number {
  const sum = numbers.reduce((total, each) => total + each, 0)
  switch (aggregate) {
    case 'max':
      return Math.max(...numbers)
    case 'min':
      return Math.min(...numbers)
    case 'avg':
      return sum / numbers.length
    case 'sum':
    case undefined:
      return sum
  }
}
