import { readCondition } from './job-condition.ts'
import type { Pipeline } from './pipeline.ts'
import { Refusal } from './refusal.ts'
import type { Source } from './release.ts'
import type { JobState, RunJob } from './run.ts'

/** What to do next in a run. */
export interface Schedule {
  start: string[]
  /** Jobs that end without running, and why. */
  end: { name: string; state: 'skipped' | 'failed'; reason: string }[]
}

const unsuccessful = new Set<JobState>(['failed', 'skipped', 'cancelled'])

/** Which pending jobs can start or end now, given how far the others are; nothing left in either list and nothing running means the run is over. */
export function schedule({ jobs: definitions }: Pipeline, source: Source, jobs: RunJob[]): Schedule {
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const result: Schedule = { start: [], end: [] }
  for (const { name } of jobs.filter(({ state }) => state === 'pending')) {
    const definition = definitions[name]
    const needed = (definition?.needs ?? []).flatMap((need) => byName.get(need) ?? [])
    const broken = needed.find(({ state }) => unsuccessful.has(state))
    if (broken)
      result.end.push({ name, state: 'skipped', reason: `${broken.name}, which it needs, was ${endOf(broken.state)}` })
    else if (needed.every(({ state }) => state === 'succeeded')) {
      const refusal = definition?.if === undefined ? null : refusalOf(definition.if, source, needed)
      if (refusal) result.end.push({ name, ...refusal })
      else result.start.push(name)
    }
  }
  return result
}

function endOf(state: JobState): string {
  return state === 'failed' ? 'not successful' : state
}

/** A condition that cannot be evaluated fails the job, so that none runs or is skipped by mistake. */
function refusalOf(
  condition: string,
  { branch, commit }: Source,
  needed: RunJob[],
): Pick<Schedule['end'][number], 'state' | 'reason'> | null {
  const needs = Object.fromEntries(needed.map(({ name, outputs }) => [name, { outputs }]))
  try {
    const holds = readCondition(condition)({ branch: branch ?? '', commit, needs })
    return holds ? null : { state: 'skipped', reason: `its condition is false: ${condition}` }
  } catch (error) {
    if (error instanceof Refusal) return { state: 'failed', reason: error.message }
    throw error
  }
}
