import type { Actor } from '../core/actor.ts'
import type { JobDefinition, StepDefinition } from '../core/pipeline.ts'
import type { Run, RunJob, StepRecord } from '../core/run.ts'
import type { App } from './app.ts'
import { readProject } from './read-project.ts'

/** A job as defined and as it went, with the steps of its latest attempt. */
export interface JobInSight extends RunJob, Pick<JobDefinition, 'stage' | 'needs'> {
  steps: (StepRecord & { name: string })[]
}

/** A run with all its jobs, in the order of the file. */
export async function getRun(
  app: App,
  actor: Actor,
  { project, id }: { project: string; id: string },
): Promise<Run & { jobs: JobInSight[] }> {
  return readProject(app, actor, project, async (tx) => {
    const run = await tx.runs.get(project, id)
    const records = await tx.runs.jobs(id)
    const steps = await tx.runs.steps(id)
    const jobs = Object.entries(run.pipeline.jobs).flatMap(([name, definition]) =>
      records.filter((job) => job.name === name).map((job) => inSight(job, definition, steps)),
    )
    return { ...run, jobs }
  })
}

function inSight(job: RunJob, { stage, needs, steps: definitions }: JobDefinition, steps: StepRecord[]): JobInSight {
  const latest = steps
    .filter((step) => step.job === job.name && step.attempt === job.attempt)
    .toSorted((a, b) => a.index - b.index)
    .map((step) => ({ ...step, name: stepName(definitions[step.index]) }))
  return { ...job, stage, needs, steps: latest }
}

function stepName(step: StepDefinition | undefined): string {
  return step?.name ?? step?.run.trim().split('\n')[0] ?? ''
}
