import { readCondition } from './job-condition.ts'
import { cycleIn, outputVariable, type JobDefinition, type Pipeline } from './pipeline.ts'
import { Refusal } from './refusal.ts'

/** Something wrong with a pipeline that fits its schema; the path points at it. */
export interface PipelineProblem {
  path: PropertyKey[]
  message: string
}

/** What no run of this pipeline could do: jobs that need an unknown job or each other in a circle, conditions that say nothing, names that mean two things. */
export function pipelineProblems({ jobs, release }: Pipeline): PipelineProblem[] {
  const each = [...sameChanges(release), ...jobProblems(jobs)]
  const cycle = cycleIn(Object.fromEntries(Object.entries(jobs).map(([name, { needs }]) => [name, needs])))
  if (!cycle) return each
  return [
    ...each,
    { path: ['jobs', cycle[0] ?? '', 'needs'], message: `expected no cycle, found ${cycle.join(' → ')}` },
  ]
}

function sameChanges(release: Pipeline['release']): PipelineProblem[] {
  const twice = repeated((release?.['one-way'] ?? []).map(({ id }) => id))
  return twice === undefined
    ? []
    : [{ path: ['release', 'one-way'], message: `expected changes to differ by id, found ${twice} twice` }]
}

function jobProblems(jobs: Pipeline['jobs']): PipelineProblem[] {
  return Object.entries(jobs).flatMap(([name, job]) =>
    [...unknownNeeds(job, jobs), ...wrongCondition(job), ...sameVariables(job, jobs), ...sameArtifacts(job, jobs)].map(
      ({ path, message }) => ({ path: ['jobs', name, ...path], message }),
    ),
  )
}

function unknownNeeds({ needs }: JobDefinition, jobs: Pipeline['jobs']): PipelineProblem[] {
  return needs.flatMap((needed, index) =>
    Object.hasOwn(jobs, needed)
      ? []
      : [{ path: ['needs', index], message: `expected a job of this pipeline, found ${needed}` }],
  )
}

function wrongCondition({ if: condition }: JobDefinition): PipelineProblem[] {
  if (condition === undefined) return []
  try {
    readCondition(condition)
    return []
  } catch (error) {
    if (error instanceof Refusal) return [{ path: ['if'], message: error.message }]
    throw error
  }
}

/** `b-c` of job `a` and `c` of job `a-b` would reach their job under one name. */
function sameVariables({ needs }: JobDefinition, jobs: Pipeline['jobs']): PipelineProblem[] {
  const variables = [...new Set(needs)].flatMap((needed) =>
    [...new Set(jobs[needed]?.outputs)].map((output) => outputVariable(needed, output)),
  )
  const twice = repeated(variables)
  return twice === undefined
    ? []
    : [{ path: ['needs'], message: `expected outputs to differ as variables, found ${twice} twice; rename one` }]
}

/** A job's own artifacts, and those it gets, lie in one folder each. */
function sameArtifacts({ artifacts, needs }: JobDefinition, jobs: Pipeline['jobs']): PipelineProblem[] {
  const given = [...new Set(needs)].flatMap((needed) => jobs[needed]?.artifacts ?? [])
  const places = { artifacts, needs: given }
  return Object.entries(places).flatMap(([key, list]) => {
    const twice = repeated(list.map(({ name }) => name))
    return twice === undefined
      ? []
      : [{ path: [key], message: `expected artifacts to differ by name, found ${twice} twice; rename one` }]
  })
}

function repeated(names: string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}
