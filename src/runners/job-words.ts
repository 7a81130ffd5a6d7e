import { constants } from 'node:os'
import { inWords } from '../core/duration.ts'
import type { StepDefinition } from '../core/pipeline.ts'

/** A step as people know it: counted from one, with its name or the first line of its script. */
export function stepInWords(steps: StepDefinition[], index: number): string {
  const { name, run } = steps[index] ?? { run: '' }
  const label = name ?? run.trim().split('\n', 1)[0] ?? ''
  const short = label.length > 60 ? `${label.slice(0, 59)}…` : label
  return `step ${index + 1} "${short}"`
}

/** How a step ended that failed; above 128 bash tells the signal. */
export function exitInWords(exitCode: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - 128)?.[0]
  return signal === undefined ? `exited with ${exitCode}` : `was killed by ${signal}`
}

/** Why a job was stopped from outside, and what it took. */
export function stopInWords({
  why,
  where,
  forced,
  graceSeconds,
}: {
  why: string
  where: string
  forced: boolean
  graceSeconds: number
}): string {
  const how = forced
    ? `it did not end within ${inWords(graceSeconds)} of SIGTERM and was killed`
    : 'it was ended by SIGTERM'
  return `${why} during ${where}; ${how}`
}
